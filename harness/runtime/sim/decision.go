package sim

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
)

// step is a step of the decision process, in order.
type step uint8

const (
	byInjection step = iota
	byPreference
	byOwn
	byLocalPref
	byPathLength
	byOrigin
	byMED
	byExternal
	byRouterID
	byClusterList
	byPeerAddress
	byOrder // of a router's own routes
)

func (s step) String() string {
	return [...]string{"injected", "lower route preference", "locally originated", "higher local preference",
		"shorter as path", "lower origin", "lower MED", "ebgp over ibgp", "lower router id", "shorter cluster list",
		"lower peer address", "configured first"}[s]
}

// What a path's Reason says where no step separates it from the best.
const (
	onlyPath  = "only path"
	multipath = "equal: multipath"
)

// candidate is a route that may become the active one.
type candidate struct {
	active
	id      int32
	peer    netip.Addr // of the peer; invalid for own routes
	worseBy step       // the step that ranked it behind the best
	equal   bool       // to the best, up to the last tie-breakers
}

// before compares by the steps ahead of the MED (Junos route preference; RFC 4271 sections 9.1.1 and 9.1.2.2 a and b).
// Negative means that a is better.
func before(a, b *candidate) (int, step) {
	if c := yes(b.own != nil && b.own.injected) - yes(a.own != nil && a.own.injected); c != 0 {
		return c, byInjection
	}
	x, y := a.attrs, b.attrs
	if x == y && (a.own == nil) == (b.own == nil) {
		return 0, 0
	}
	if c := cmp.Compare(x.preference, y.preference); c != 0 {
		return c, byPreference
	}
	if c := yes(b.own != nil) - yes(a.own != nil); c != 0 {
		return c, byOwn
	}
	if c := cmp.Compare(y.localPref, x.localPref); c != 0 {
		return c, byLocalPref
	}
	if c := cmp.Compare(len(x.path), len(y.path)); c != 0 {
		return c, byPathLength
	}
	return cmp.Compare(x.origin, y.origin), byOrigin
}

// after compares by the steps behind the MED (RFC 4271 section 9.1.2.2 d, f and g; RFC 4456 section 9).
func after(a, b *candidate) (int, step) {
	if a.from == nil || b.from == nil {
		return 0, byOrder
	}
	if c := yes(b.from.external) - yes(a.from.external); c != 0 {
		return c, byExternal
	}
	if c := a.routerID().Compare(b.routerID()); c != 0 {
		return c, byRouterID
	}
	if c := cmp.Compare(len(a.attrs.clusters), len(b.attrs.clusters)); c != 0 {
		return c, byClusterList
	}
	return a.peer.Compare(b.peer), byPeerAddress
}

func yes(b bool) int {
	if b {
		return 1
	}
	return 0
}

// routerID returns the identifier that ties are broken by: that of the router which brought the route into the AS.
func (c *candidate) routerID() netip.Addr {
	if c.attrs.originator.IsValid() {
		return c.attrs.originator
	}
	return c.from.remote.RouterID
}

// neighbourAS returns the AS that a MED comes from; 0 for routes of this AS.
func (c *candidate) neighbourAS() uint32 {
	if len(c.attrs.path) == 0 {
		return 0
	}
	return c.attrs.path[0]
}

// decide returns the index of the best candidate; -1 if there is none. It works on sets: a step removes
// all candidates that another one beats, so that the result does not depend on their order although MEDs only compare
// between routes of the same neighbouring AS.
func decide(cs []candidate) int {
	best, sameMED := -1, true
	for i := range cs {
		c := -1
		if best >= 0 {
			c, _ = before(&cs[i], &cs[best])
		}
		if c < 0 {
			best, sameMED = i, true
		} else if c == 0 && cs[i].attrs.med != cs[best].attrs.med {
			sameMED = false
		}
	}
	if best < 0 {
		return best
	}
	first, win := best, -1
	for i := first; i < len(cs); i++ {
		if c, _ := before(&cs[i], &cs[first]); c != 0 || !sameMED && beatenByMED(cs, i) {
			continue
		}
		if win < 0 {
			win = i
		} else if c, _ := after(&cs[i], &cs[win]); c < 0 {
			win = i
		}
	}
	return win
}

// beatenByMED reports whether another candidate that is as good in the steps before has the same neighbouring AS
// and a lower MED (RFC 4271 section 9.1.2.2 c).
func beatenByMED(cs []candidate, i int) bool {
	for j := range cs {
		if cs[j].attrs.med < cs[i].attrs.med && cs[j].neighbourAS() == cs[i].neighbourAS() {
			if c, _ := before(&cs[j], &cs[i]); c == 0 {
				return true
			}
		}
	}
	return false
}

// rank orders the candidates, the best first and then those that held out longest, and says what separates each
// from the best. Multipath takes the learned routes that are equal up to and including the comparison of eBGP
// with iBGP, those of them that paths says.
func rank(cs []candidate, paths fabric.Multipath) {
	win := decide(cs)
	if win < 0 {
		return
	}
	best := cs[win]
	for i := range cs {
		c := &cs[i]
		d, s := before(&best, c)
		switch {
		case d != 0:
			c.worseBy = s
		case i != win && beatenByMED(cs, i):
			c.worseBy = byMED
		default:
			_, c.worseBy = after(&best, c)
			c.equal = i == win || c.worseBy > byExternal && c.from != nil && best.from != nil && together(&best, c, paths)
		}
	}
	slices.SortStableFunc(cs, func(a, b candidate) int {
		c, _ := before(&a, &b)
		d, _ := after(&a, &b)
		return cmp.Or(yes(b.active == best.active)-yes(a.active == best.active), cmp.Compare(b.worseBy, a.worseBy), c, d)
	})
}

// together reports whether a router that balances over such paths takes a path beside the best, which it equals: with paths of one AS that is one of
// the same neighbouring AS or, over iBGP, of the same AS path (bgp_path_info_cmp in FRR's bgpd/bgp_route.c).
func together(best, c *candidate, paths fabric.Multipath) bool {
	switch {
	case paths == fabric.AnyAS:
		return true
	case paths == fabric.OnePath:
		return false
	case c.from.external:
		return c.from.PeerAS == best.from.PeerAS
	}
	return slices.Equal(c.attrs.path, best.attrs.path)
}

// reason says why the candidate stands at place i of the ranking.
func reason(ranked []candidate, i int) string {
	switch {
	case len(ranked) == 1:
		return onlyPath
	case i == 0:
		return ranked[1].worseBy.String()
	case ranked[i].equal:
		return multipath
	}
	return ranked[i].worseBy.String()
}
