package proof_test

import (
	"math"
	"math/rand/v2"
	"net/netip"

	"github.com/closlab/closlab/harness/dialect/frr/routemap"
	"github.com/closlab/closlab/harness/dialect/proof"
	"github.com/closlab/closlab/harness/policy"
)

// ourselves is who announces the router's own routes.
const ourselves = proof.Peers

// observer is the peer that has no policy, and so gets all that is in the table.
const observer = proof.Peers - 1

// seat is one direction of one session: what runs there is one policy of many that are tried at once.
type seat struct {
	peer int
	v6   bool
	dir  policy.Direction
}

// String returns the seat as "import from an eBGP peer".
func (s seat) String() string {
	kind := map[bool]string{true: "an eBGP peer", false: "an iBGP peer"}[proof.PeerAS(s.peer) != proof.TestedAS]
	if s.dir == policy.Import {
		return "import from " + kind
	}
	return "export to " + kind
}

// trial is a policy for each seat, and routes of all peers and of the router itself.
type trial struct {
	chains map[seat]policy.Chain // none: the default
	routes [ourselves + 1][]policy.Route
}

// randomTrial returns so many routes and a random policy for every session but the observer's.
func randomTrial(r *rand.Rand, count int) *trial {
	tr := &trial{chains: map[seat]policy.Chain{}}
	for i := range observer {
		for _, v6 := range []bool{false, true} {
			for _, dir := range []policy.Direction{policy.Import, policy.Export} {
				tr.chains[seat{i, v6, dir}] = newWorld(r, dir, external(i), v6).Chain(2)
			}
		}
	}
	taken := map[netip.Prefix]bool{}
	for i, x := range randomRoutes(r, count, taken) {
		tr.routes[i%observer] = append(tr.routes[i%observer], x)
	}
	for i, x := range randomRoutes(r, 16, taken) {
		x.Protocol, x.ASPath, x.NextHop = protocols[i%len(protocols)], nil, netip.Addr{}
		x.LocalPref = max(x.LocalPref, 1)
		x.Communities = x.Communities.Without(func(c policy.Community) bool { return c.Kind == policy.Extended || c.A == math.MaxUint32 })
		tr.routes[ourselves] = append(tr.routes[ourselves], x)
	}
	return tr
}

func external(peer int) bool { return proof.PeerAS(peer) != proof.TestedAS }

// passMiles is ahead of every chain: what the rig goes by is not touched.
var passMiles = &policy.Policy{Name: "MILES", Terms: []*policy.Term{{Name: "PASS", Flow: policy.AcceptRoute,
	From: []policy.Match{policy.NewMatchPrefix(nil, []policy.PrefixRange{policy.OrLonger(proof.Miles[false]), policy.OrLonger(proof.Miles[true])}, nil)}}}}

// session returns what a compiler is given for a peer and a family.
func (tr *trial) session(peer int, v6 bool) routemap.Session {
	s := routemap.Session{Peer: proof.PeerAddr(peer, v6), V6: v6, LocalAS: proof.TestedAS, PeerAS: proof.PeerAS(peer), SendsAll: peer == observer}
	s.In = append(policy.Calls(passMiles), tr.chains[seat{peer, v6, policy.Import}]...)
	s.Out = append(policy.Calls(passMiles), tr.chains[seat{peer, v6, policy.Export}]...)
	return s
}

// express leaves out the chains that the engine cannot express, and returns how many these are.
func (e *engine) express(tr *trial) (*trial, int) {
	out, refused := &trial{chains: map[seat]policy.Chain{}, routes: tr.routes}, 0
	for s, c := range tr.chains {
		one := &trial{chains: map[seat]policy.Chain{s: c}}
		if _, err := e.compile([]routemap.Session{one.session(s.peer, s.v6)}); err != nil {
			refused++
			continue
		}
		out.chains[s] = c
	}
	return out, refused
}

// run has the engine run the trial, which it can express, and returns what every peer has heard.
func (e *engine) run(tr *trial) []map[netip.Prefix]policy.Route {
	var sessions []routemap.Session
	for _, v6 := range []bool{false, true} {
		for i := range proof.Peers {
			sessions = append(sessions, tr.session(i, v6))
		}
	}
	install, err := e.compile(sessions)
	if err != nil {
		panic(err)
	}
	e.router.Spread(make([][]policy.Route, proof.Peers))
	install(tr.routes[ourselves])
	return e.router.Spread(tr.routes[:proof.Peers])
}
