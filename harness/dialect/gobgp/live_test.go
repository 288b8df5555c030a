package gobgp_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/policy"
)

// trial is one set of policies in force on the router under test.
type trial struct {
	*rig
	pairs    int
	external [2]gobgp.Session // by family
	internal [2]gobgp.Session
}

// TestGoBGPDoesWhatApplySays lets random policies loose on live routes. Policies are replaced under established sessions, then half of
// the routes change under the policies in force; every table must be what Apply says at both times. More of it by -rapid.checks.
func TestGoBGPDoesWhatApplySays(t *testing.T) {
	if f := flag.Lookup("rapid.seed"); f.Value.String() == "0" {
		require.NoError(t, f.Value.Set("20220621"))
	}
	r := newRig(t)
	pairs := 0
	rapid.Check(t, func(rt *rapid.T) {
		x := &trial{rig: r}
		for v6 := range 2 {
			x.external[v6] = session(rt, externalAddr, externalAS, v6 == 1)
			x.internal[v6] = session(rt, internalAddr, testedAS, v6 == 1)
		}
		program, err := gobgp.Compile(append(x.external[:], x.internal[:]...))
		require.NoError(rt, err)
		seed := rapid.Uint64().Draw(rt, "routes")
		before, after := worldRoutes(rand.New(rand.NewPCG(seed, 1)), 3), worldRoutes(rand.New(rand.NewPCG(seed, 2)), 3)
		x.spread(before[0], before[1], own(before[2]))
		x.install(program)
		x.check(rt, before, program)
		for source := range after {
			for i := range after[source] {
				if i%2 == 0 {
					after[source][i] = before[source][i]
				}
			}
		}
		x.spread(after[0], after[1], own(after[2]))
		x.check(rt, after, program)
		pairs += x.pairs
	})
	t.Logf("%d pairs of a policy and a route", pairs)
	require.Greater(t, pairs, 10_000)
}

func session(rt *rapid.T, peer netip.Addr, asn uint32, v6 bool) gobgp.Session {
	s := gobgp.Session{Peer: peer, V6: v6, LocalAS: testedAS, PeerAS: asn, SendsAll: rapid.IntRange(0, 3).Draw(rt, "sends all") == 0}
	s.In = newWorld(rt, policy.Import, asn != testedAS, v6).Chain(2)
	s.Out = newWorld(rt, policy.Export, asn != testedAS, v6).Chain(2)
	return s
}

// spread has the external peer, the internal peer and the router itself announce the routes, and waits until all have arrived.
// GoBGP orders the routes of one batch as it likes, so a second milepost follows when the first one is there.
func (x *trial) spread(external, internal, ourselves []policy.Route) {
	for range 2 {
		x.round++
		x.rig.external.announce(external)
		x.rig.internal.announce(internal)
		x.tested.until(externalAddr)
		x.tested.until(internalAddr)
	}
	x.tested.announce(ourselves)
}

// received waits until all that the router sends has arrived.
func (x *trial) received() (external, internal map[netip.Prefix]policy.Route) {
	for range 2 {
		x.round++
		x.tested.announce(nil)
		external, internal = x.rig.external.until(testedAddr), x.rig.internal.until(testedAddr)
	}
	return external, internal
}

// own puts the marks of their protocols on the router's own routes, and takes off what such routes do not have.
func own(routes []policy.Route) []policy.Route {
	out := make([]policy.Route, len(routes))
	for i, r := range routes {
		r.ASPath = nil
		if r.Protocol = worldProtocols[i%len(worldProtocols)]; r.Protocol != policy.BGP {
			r.Communities = r.Communities.With(gobgp.OwnRoute(r.Protocol))
		}
		if i%5 == 0 {
			r.Communities, r.LocalPref = r.Communities.With(gobgp.LastResort()), 1
		}
		out[i] = r
	}
	return out
}

// check compares all tables with what Apply says.
func (x *trial) check(rt *rapid.T, routes [][]policy.Route, program *gobgp.Program) {
	toExternal, toInternal := x.received()
	table := x.table()
	fail := func(what string, s gobgp.Session, r policy.Route, want, got any) {
		rt.Fatalf("%s, %s: route %s\nwant %v\ngot  %v\nimport %v\nexport %v\n%s", what, s.Peer, r, want, got, text(s.In), text(s.Out), program)
	}
	var active []policy.Route
	for _, r := range routes[0] {
		r.ASPath = append([]uint32{externalAS}, r.ASPath...)
		r.LocalPref, r.External, r.Neighbor = 100, true, externalAddr
		active = x.imported(x.external, r, table, active, fail)
	}
	for _, r := range routes[1] {
		r.Neighbor = internalAddr
		active = x.imported(x.internal, r, table, active, fail)
	}
	for _, r := range own(routes[2]) {
		var without policy.Communities
		for _, c := range r.Communities {
			switch c {
			case gobgp.OwnRoute(r.Protocol):
			case gobgp.LastResort():
				r.LocalPref = 100
			default:
				without = append(without, c)
			}
		}
		r.Communities = without
		active = append(active, r)
	}
	for _, r := range active {
		if r.Neighbor != externalAddr {
			x.exported(x.external, r, toExternal, fail)
		}
		if !r.Neighbor.IsValid() || r.External {
			x.exported(x.internal, r, toInternal, fail)
		}
	}
}

type failure func(what string, s gobgp.Session, r policy.Route, want, got any)

func family(p netip.Prefix) int {
	if p.Addr().Is6() {
		return 1
	}
	return 0
}

func (x *trial) imported(sessions [2]gobgp.Session, r policy.Route, table map[netip.Prefix]policy.Route, active []policy.Route, fail failure) []policy.Route {
	x.pairs++
	s := sessions[family(r.Prefix)]
	res := policy.Apply(s.In, r, policy.Env{Direction: policy.Import, Peer: s.Peer})
	got, ok := table[r.Prefix]
	if ok != (res.Decision == policy.Accept) {
		fail("import", s, r, res.Decision, fmt.Sprint(ok, " ", got))
	}
	if !ok {
		return active
	}
	want := res.Route
	want.External, want.Neighbor = false, netip.Addr{}
	if !want.SameAttributes(got) {
		fail("import", s, r, want, got)
	}
	return append(active, res.Route)
}

func (x *trial) exported(sessions [2]gobgp.Session, r policy.Route, received map[netip.Prefix]policy.Route, fail failure) {
	x.pairs++
	s := sessions[family(r.Prefix)]
	external := s.PeerAS != s.LocalAS
	in := r
	in.NextHopKind = untouched
	if external && r.Neighbor.IsValid() {
		in.MED = 0 // a neighbour's metric stays in this AS
	}
	res := policy.Apply(s.Out, in, policy.Env{Direction: policy.Export, Peer: s.Peer})
	want := res.Route
	send := res.Decision == policy.Accept && (s.SendsAll || !held(external, r.Communities, want.Communities))
	if !external && slices.Contains(want.ASPath, testedAS) {
		return // the peer takes it for a loop
	}
	got, ok := received[r.Prefix]
	if ok != send {
		fail("export", s, r, res.Decision, fmt.Sprint(ok, " ", got))
	}
	if !ok {
		return
	}
	switch want.NextHopKind {
	case untouched:
		want.NextHop = got.NextHop
	case policy.NextHopSelf:
		want.NextHop = testedAddr
	case policy.NextHopPeer:
		want.NextHop = s.Peer
	}
	want.NextHopKind = policy.At
	if external {
		want.LocalPref = 100
		want.ASPath = append([]uint32{testedAS}, want.ASPath...)
	}
	if !want.SameAttributes(got) {
		fail("export", s, r, want, got)
	}
}

// untouched is a next hop that no policy set.
const untouched policy.NextHopKind = 0xff

// held is the rule of runtime/sim for well-known communities.
func held(external bool, before, after policy.Communities) bool {
	still := func(c policy.Community) bool { return before.Has(c) && after.Has(c) }
	return still(policy.NoAdvertise) || external && (still(policy.NoExport) || still(policy.NoExportSubconfed))
}

// text writes the chain with all its terms.
func text(c policy.Chain) string {
	out := c.String()
	for _, p := range c.Policies() {
		for _, t := range p.Terms {
			out += fmt.Sprintf("\n    %s/%s: %s", p.Name, t.Name, t.Text())
		}
	}
	return out
}
