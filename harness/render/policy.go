package render

import (
	"github.com/closlab/closlab/harness/dialect/frr/routemap"
	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/fabric"
)

// chains returns the policies of a router's sessions, once a family that a session carries.
func (n *node) chains() []gobgp.Session {
	var out []gobgp.Session
	for _, s := range n.sessions {
		for _, fam := range fabric.Families {
			if s.Local[fam].IsValid() && s.Remote[fam].IsValid() {
				out = append(out, gobgp.Session{Peer: s.Remote[fam], V6: fam == fabric.V6, LocalAS: s.LocalAS, PeerAS: s.PeerAS,
					In: s.In[fam], Out: s.Out[fam], SendsAll: s.SendsAll[fam]})
			}
		}
	}
	return out
}

// routeMaps returns them for FRR.
func (n *node) routeMaps() (*routemap.Program, error) {
	var out []routemap.Session
	for _, s := range n.chains() {
		out = append(out, routemap.Session(s))
	}
	return routemap.Compile(out)
}
