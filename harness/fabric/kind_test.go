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

// A router of a kind that closlab does not know has its interfaces numbered as it says, and is opaque and blind.
func TestAnyKindIsWired(t *testing.T) {
	f, err := fabric.Parse("fabric.yaml", []byte(`
name: any
tiers:
  spine: {count: 1, asn: 65000, engine: native, kind: cisco_xrd, image: "xrd:7.8", config: "{node}.opaque", mount: startup-config, interfaces: "Gi0-0-0-{0}"}
  edge: {count: 1, asn: 65001, engine: native, kind: linux, image: "own:1", config: edge1.opaque, mount: /etc/own.conf}
  leaf: {count: 2, asn_from: 65101}
links: [{from: leaf, to: spine}, {from: edge, to: spine}]
`))
	require.NoError(t, err)
	var ports []string
	for _, l := range f.Links {
		ports = append(ports, l.Ports[0]+" "+l.Ports[1])
	}
	require.Equal(t, []string{" Gi0-0-0-0", " Gi0-0-0-1", "eth1 Gi0-0-0-2"}, ports)
	require.Equal(t, []string{"spine1 (cisco_xrd)", "edge1 (linux)"}, f.Opaque())
	require.True(t, f.Node("spine1").Blind())
	require.True(t, f.Node("spine1").Startup())
	require.Equal(t, "/etc/own.conf", f.Node("edge1").Mount)
	require.False(t, f.Node("leaf1").Blind())
}
