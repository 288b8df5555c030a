//go:build linux

package netns

import (
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/frr/routemap"
	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/speaker"
)

// program is the policies of a router in the language of its engine: one of the two, unless
type program struct {
	gobgp *gobgp.Program
	frr   *routemap.Program

	native string // or a vendor's whole configuration
}

// compile translates the policies that a router has in f; a native one has its own words.
func compile(n *node, f *fabric.Fabric) (program, error) {
	if n.Engine == speaker.Native {
		return program{native: f.Texts[n.Name]}, nil
	}
	sessions := f.SessionsOf(n.Name)
	var gs []gobgp.Session
	var fs []routemap.Session
	for _, s := range sessions {
		for _, fam := range fabric.Families {
			if !carries(s, fam) {
				continue
			}
			gs = append(gs, gobgp.Session{Peer: s.Remote[fam], V6: fam == fabric.V6, LocalAS: s.LocalAS, PeerAS: s.PeerAS,
				In: s.In[fam], Out: s.Out[fam], SendsAll: s.SendsAll[fam]})
			fs = append(fs, routemap.Session(gs[len(gs)-1]))
		}
	}
	var out program
	var err error
	if n.Engine == speaker.FRR {
		out.frr, err = routemap.Compile(fs)
	} else {
		out.gobgp, err = gobgp.Compile(gs)
	}
	return out, err
}

// carries reports whether a session has addresses of the family, and so carries its routes.
func carries(s *fabric.Session, fam fabric.Family) bool {
	return s.Local[fam].IsValid() && s.Remote[fam].IsValid()
}

// give has the router run it.
func (p program) give(s *speaker.Process) error {
	if p.native != "" {
		return s.SetConfig(p.native)
	}
	if p.frr != nil {
		return s.SetRouteMaps(p.frr)
	}
	return s.SetPolicy(p.gobgp)
}

// Version names the runtime, and its engines with their versions: "netns frr 8.4.4 + gobgp 4.8.0".
func (r *Runtime) Version() string {
	engines := slices.Clone(r.past)
	for _, n := range r.nodes {
		if n.Role == fabric.Router && n.speaker != nil && n.speaker.Version != "" && !slices.Contains(engines, n.speaker.Version) {
			engines = append(engines, n.speaker.Version)
		}
	}
	slices.Sort(engines)
	return r.opt.Ground.Name() + " " + strings.Join(engines, " + ")
}
