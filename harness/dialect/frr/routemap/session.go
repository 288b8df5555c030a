package routemap

import (
	"net/netip"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Session is one address family of one BGP session, as the router with the policies sees it.
type Session struct {
	Peer            netip.Addr // the neighbour, by the address that FRR knows it by
	V6              bool       // the session's IPv6 routes, not its IPv4 routes
	LocalAS, PeerAS uint32
	In, Out         policy.Chain // empty: the default of the direction
	SendsAll        bool         // NO_EXPORT and NO_ADVERTISE keep nothing back
}

func (s *Session) external() bool { return s.LocalAS != s.PeerAS }

// chain returns what the direction evaluates.
func (s *Session) chain(dir policy.Direction) policy.Chain {
	if dir == policy.Import {
		return s.In
	}
	return s.Out
}

// Compile returns the route-maps that do on every session what its chains say. Sessions whose translation is the same share
// it. The error is a place.Problems with every construct that FRR cannot express.
func Compile(sessions []Session) (*Program, error) {
	var problems place.Problems
	p := &Program{lists: newLists(), bound: map[binding]string{}, spare: map[netip.Addr]string{}}
	for i := range sessions {
		s := &sessions[i]
		if !s.Peer.IsValid() {
			problems.Addf(place.Pos{}, "session %d has no peer address", i+1)
			continue
		}
		for _, dir := range []policy.Direction{policy.Import, policy.Export} {
			g := &generator{lists: p.lists, session: s, dir: dir, problems: &problems, places: map[label]int{}, labels: firstLabel}
			g.run()
			p.bind(s.Peer, dir, g)
		}
		if s.external() {
			p.spare[s.Peer] = p.lists.passed(s.PeerAS)
		}
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return p, nil
}
