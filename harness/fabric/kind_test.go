package fabric_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
)

// A native router's own configuration governs all its sessions, and each router of a tier has its own.
func TestNativeRoutersHaveTheirConfigurations(t *testing.T) {
	f, err := fabric.Parse("fabric.yaml", []byte(`
name: natives
tiers:
  spine: {count: 2, asn: 65000, engine: native, kind: juniper_crpd, image: "crpd:24.2", config: "spines/{node}.junos.conf"}
  leaf: {nodes: leaf1, asn: 65001, engine: native, kind: arista_ceos, image: "ceos:4.33", config: leaf.eos.conf}
links: [{from: leaf, to: spine}]
`))
	require.NoError(t, err)
	n := f.Node("spine2")
	require.Equal(t, []string{fabric.Native, "juniper_crpd", "crpd:24.2", "spines/spine2.junos.conf"}, []string{n.Engine, n.Kind, n.Image, n.Config})
	for _, s := range f.Sessions {
		for _, fam := range fabric.Families {
			require.Equal(t, fabric.Binding{File: f.Node(s.Node).Config, Pos: s.Binding[fam].Pos}, *s.Binding[fam])
		}
	}
	require.Equal(t, []string{"leaf1 (arista_ceos)"}, f.Opaque(), "closlab reads Junos")
}
