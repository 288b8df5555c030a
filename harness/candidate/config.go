package candidate

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Config is what a policy file means, whatever language it is written in. It is never changed once read.
type Config struct {
	Policies []*policy.Policy // those that can be read, in order of appearance
	Sessions []Session        // what it says of BGP sessions
	Passed   place.Problems   // what was passed over because it cannot change a decision

	ImportsOwn    bool // the router takes the routes that it announces of its own through its import policy
	PrependsAhead bool // an export over eBGP prepends in front of the router's own AS
	SendsAll      bool // it sends routes on whatever NO_EXPORT and NO_ADVERTISE say

	Opaque bool   // closlab does not read its language: nothing is known of what it means
	Whole  string // the text itself, as a native router is given it

	chain func(dir policy.Direction, expression string) (policy.Chain, error) // that a binding's in or out means
	lint  func() []place.Finding

	// heard returns the group that takes a neighbour in which no statement names, "" for none; nil in a language that knows no such groups
	heard func(netip.Addr) string

	// bound returns the chains of a binding's in and out, in a language where they depend on the session that they are for; else nil
	bound func(in, out string, v6, external bool) (policy.Chain, policy.Chain, error)
}

// Session is what a text says of a BGP session. What the text's language lets it inherit is in it.
type Session struct {
	Addr            netip.Addr // of the neighbour; not valid for what is said of all neighbours of a group, and of one known by its name
	Name            string     // what the text calls a neighbour without an address: its interface; else ""
	Group           string     // that the neighbour is in; "" for none
	Pos             place.Pos
	Type            string   // "internal", "external", or "" if not said
	PeerAS, LocalAS uint32   // 0 if not said
	Families        []string // as in "inet unicast"; empty if not said, then the session's own family
	Multipath       string   // what it says of equal paths, in its own words: only compared
	Balances        *Balances
	Limit           [2]fabric.Limit // by family
	In, Out         policy.Chain
	Problems        place.Problems // for which it cannot be judged
}

// Balances is over which equal paths a router balances, in a language whose texts are taken at their word.
type Balances struct {
	SameAS bool // those of one neighbouring AS only
	Most   int  // of them; 0 for all
}

// Policy returns the policy of that name, if it can be read.
func (c *Config) Policy(name string) (*policy.Policy, bool) {
	i := slices.IndexFunc(c.Policies, func(p *policy.Policy) bool { return p.Name == name })
	if i < 0 {
		return nil, false
	}
	return c.Policies[i], true
}

// session returns what the text says of the session with a neighbour: in a statement of its own, in that of the group which the
// binding names or, where it names none, of all neighbours; nil if nothing. A router runs the neighbour's own statement wherever it
// stands, whatever the binding says.
func (c *Config) session(b *fabric.Binding, addr netip.Addr, fam fabric.Family) *Session {
	var own, group *Session
	name := b.Group
	if name == "" && c.heard != nil {
		name = c.heard(addr)
	}
	better := func(s, than *Session) bool { return than == nil || !than.carries(fam) && s.carries(fam) }
	for i := range c.Sessions {
		switch s := &c.Sessions[i]; {
		case s.Name != "" || b.Neighbor != "":
			if s.Name == b.Neighbor && better(s, own) {
				own = s
			}
		case s.Addr == addr && better(s, own):
			own = s
		case !s.Addr.IsValid() && s.Group == name && better(s, group):
			group = s
		}
	}
	if own != nil {
		return own
	}
	return group
}

// carries reports whether the text says that the session carries the family, or says nothing of families.
func (s *Session) carries(fam fabric.Family) bool {
	return len(s.Families) == 0 || slices.Contains(s.Families, fam.String()+" unicast")
}
