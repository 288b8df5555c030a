package survey_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
)

// Whatever stands in a topology and in a configuration, a lab is drawn soundly or refused.
func FuzzDraw(f *testing.F) {
	f.Add(numbered["lab.clab.yml"], numbered["leaf/frr.conf"])
	f.Add(unnumbered["lab.clab.yml"], unnumbered["leaf.conf"])
	f.Add("name: x\ntopology: {nodes: {a: {kind: linux, binds: ['f:/etc/frr/frr.conf']}, b: {kind: linux, binds: ['f:/etc/frr/frr.conf']}}, links: [{endpoints: ['a:e', 'b:e']}]}\n",
		"interface e\n ip address 10.0.0.1/31\nip route 0.0.0.0/0 e\nrouter bgp 1\n bgp router-id 1.1.1.1\n neighbor e interface remote-as internal\n bgp listen range 0.0.0.0/0 peer-group G\n")
	f.Fuzz(func(t *testing.T, topology, conf string) {
		lab := numbered.with()
		lab["lab.clab.yml"] = topology
		for _, name := range []string{"leaf/frr.conf", "leaf.conf", "f"} {
			lab[name] = conf
		}
		l, err := lab.draw()
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		drawn, err := fabric.Draw(l.Plan, "closlab.yaml", nil)
		if err != nil {
			return // names that closlab itself uses
		}
		for _, s := range drawn.Sessions {
			require.NotNil(t, drawn.Node(s.Node))
			require.NotZero(t, s.LocalAS)
		}
		for _, n := range drawn.Nodes {
			for _, r := range n.Routes {
				require.Equal(t, r.Prefix.Masked(), r.Prefix)
			}
		}
		require.Empty(t, l.Differs(l))
	})
}
