package gobgp

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/osrg/gobgp/v4/api"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Session is one address family of one BGP session, as the router with the policies sees it.
type Session struct {
	Peer            netip.Addr // the neighbour, by the address that GoBGP knows it by
	V6              bool       // the session's IPv6 routes, not its IPv4 routes
	LocalAS, PeerAS uint32
	In, Out         policy.Chain // empty: the default of the direction
	SendsAll        bool         // NO_EXPORT and NO_ADVERTISE keep nothing back, as in GoBGP by itself
}

func (s *Session) external() bool { return s.LocalAS != s.PeerAS }

// chain returns what the direction evaluates.
func (s *Session) chain(dir policy.Direction) policy.Chain {
	if dir == policy.Import {
		return s.In
	}
	return s.Out
}

// maxStatements is how many statements a direction of one session may need.
const maxStatements = 20_000

// Compile returns the GoBGP policy that does on every session what its chains say, for routes that come over the
// session (In) and for all that GoBGP would send over it (Out). Sessions whose translation is the same share it. Routes to a neighbour
// that is not among the sessions are rejected. The error is a place.Problems with every construct that GoBGP cannot express.
func Compile(sessions []Session) (*Program, error) {
	var problems place.Problems
	p := &Program{sets: newSets()}
	for _, dir := range []policy.Direction{policy.Import, policy.Export} {
		var bodies []*body
		byText := map[string]*body{}
		for i := range sessions {
			s := &sessions[i]
			if !s.Peer.IsValid() {
				problems.Addf(place.Pos{}, "session %d has no peer address", i+1)
				continue
			}
			g := newGenerator(p.sets, s, dir, &problems)
			g.run()
			b := &body{statements: g.out, v6: s.V6}
			text := b.text()
			if byText[text] == nil {
				byText[text] = b
				bodies = append(bodies, b)
			}
			byText[text].peers = append(byText[text].peers, netip.PrefixFrom(s.Peer, s.Peer.BitLen()).String())
		}
		for i, b := range bodies {
			p.policies[dir] = append(p.policies[dir], b.finish(p.sets, fmt.Sprintf("%s-%d", dir, i+1))...)
		}
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

// body is the translation of one direction of some sessions, but for the conditions on neighbour and family.
type body struct {
	statements []*statement
	peers      []string
	v6         bool
}

func (b *body) text() string {
	var t strings.Builder
	fmt.Fprintln(&t, b.v6)
	for _, s := range b.statements {
		fmt.Fprintln(&t, s)
	}
	return t.String()
}

// finish returns the statements as GoBGP takes them. Names are unique in all of GoBGP.
func (b *body) finish(sets *sets, name string) []*api.Statement {
	neighbors := sets.named(api.DefinedType_DEFINED_TYPE_NEIGHBOR, b.peers)
	family := &api.Family{Afi: api.Family_AFI_IP, Safi: api.Family_SAFI_UNICAST}
	if b.v6 {
		family.Afi = api.Family_AFI_IP6
	}
	out := make([]*api.Statement, len(b.statements))
	for i, s := range b.statements {
		out[i] = s.api(fmt.Sprintf("%s/%03d %s", name, i+1, s.label))
		out[i].Conditions.NeighborSet = &api.MatchSet{Type: api.MatchSet_TYPE_ANY, Name: neighbors}
		out[i].Conditions.AfiSafiIn = []*api.Family{family}
	}
	return out
}
