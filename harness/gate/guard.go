package gate

import (
	"math"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
)

// guarded returns the chain behind a policy that rejects what the change's sessions cannot bring: the other family and, on import
// from eBGP peers, paths that do not begin with a peer's AS or that have passed our own. So a comparison is of routes that
// can be there, and every witness is one. What eBGP peers say of local preference is not believed (RFC 4271 section 5.1.5).
func (c *Change) guarded(chain policy.Chain) policy.Chain {
	guard := &policy.Policy{Name: "not-carried"}
	reject := func(name string, from ...policy.Match) {
		guard.Terms = append(guard.Terms, &policy.Term{Name: name, From: from, Flow: policy.RejectRoute})
	}
	if len(c.Families) == 1 {
		reject("other-family", &policy.MatchFamily{V6: c.Families[0] == fabric.V4})
	}
	if peers := c.externalPeers(); c.Direction == policy.Import && len(peers) > 0 {
		local := c.Sessions[0].LocalAS
		if !slices.ContainsFunc(c.Sessions, func(s *fabric.Session) bool { return s.LocalAS != local }) {
			reject("loop", path("own AS", policy.Seq(anyPath(), policy.Symbol(local, local), anyPath())))
		}
		reject("local-preference", &policy.MatchNumber{Field: policy.LocalPref, Max: usualLocalPref - 1})
		reject("local-preference", &policy.MatchNumber{Field: policy.LocalPref, Min: usualLocalPref + 1, Max: math.MaxUint32})
		first := make([]policy.Node, len(peers))
		for i, as := range peers {
			first[i] = policy.Symbol(as, as)
		}
		guard.Terms = append(guard.Terms, &policy.Term{Name: "from-a-peer", Flow: policy.NextPolicy,
			From: []policy.Match{path("peers' AS", policy.Seq(policy.Alt(first...), anyPath()))}})
		reject("from-elsewhere")
	}
	return slices.Concat(policy.Calls(guard), chain)
}

// usualLocalPref is what routes have that say nothing of it.
const usualLocalPref = 100

// externalPeers returns the peers' AS numbers if all sessions are eBGP; else none.
func (c *Change) externalPeers() []uint32 {
	var out []uint32
	for _, s := range c.Sessions {
		if !s.External() {
			return nil
		}
		if !slices.Contains(out, s.PeerAS) {
			out = append(out, s.PeerAS)
		}
	}
	return out
}

func anyPath() policy.Node { return policy.Repeat(policy.AnySymbol(), 0, -1) }

// path matches AS paths. The expressions above are small: compiling them does not fail but for thousands of peers, and then
// nothing is guarded.
func path(name string, n policy.Node) policy.Match {
	r, err := policy.Compile(name, n)
	if err != nil {
		r, _ = policy.Compile(name, anyPath())
	}
	return &policy.MatchASPath{AnyOf: []*policy.ASPathDef{{Name: name, AnyOf: []*policy.Regex{r}}}}
}
