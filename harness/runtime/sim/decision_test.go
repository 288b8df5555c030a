package sim

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
)

// path returns a candidate learned from peer i over eBGP; change makes it differ from the others.
func path(i int, change func(a *attrs, p *peer)) candidate {
	n := &fabric.Node{Name: string(rune('a' + i)), RouterID: v4(uint32(100 + i))}
	p := &peer{remote: &node{Node: n}, external: true}
	a := &attrs{localPref: 100, preference: bgpPreference, path: []uint32{65001, 65002}}
	if change != nil {
		change(a, p)
	}
	return candidate{active: active{attrs: a, from: p}, peer: v4(uint32(200 + i))}
}

func ownPath(protocol policy.Protocol) candidate {
	o := &own{protocol: protocol, attrs: &attrs{preference: fabric.Preference[protocol], localPref: 100}, usable: true}
	return candidate{active: active{attrs: o.attrs, own: o}}
}

func TestDecisionProcess(t *testing.T) {
	for name, c := range map[string]struct {
		loser, winner candidate
		reason        string
	}{
		"a static route beats BGP": {path(0, nil), ownPath(policy.Static), "lower route preference"},
		"an import policy can set the route preference": {path(0, nil),
			path(1, func(a *attrs, _ *peer) { a.preference = 160 }), "lower route preference"},
		"a network statement beats what is learned": {path(0, nil), ownPath(policy.BGP), "locally originated"},
		"local preference":                          {path(0, nil), path(1, func(a *attrs, _ *peer) { a.localPref = 101 }), "higher local preference"},
		"length of the AS path":                     {path(0, nil), path(1, func(a *attrs, _ *peer) { a.path = a.path[:1] }), "shorter as path"},
		"origin":                                    {path(0, func(a *attrs, _ *peer) { a.origin = policy.EGP }), path(1, nil), "lower origin"},
		"MED of one neighbouring AS":                {path(0, func(a *attrs, _ *peer) { a.med = 1 }), path(1, nil), "lower MED"},
		"eBGP before iBGP":                          {path(0, func(_ *attrs, p *peer) { p.external = false }), path(1, nil), "ebgp over ibgp"},
		"router ID": {path(1, nil), path(0, func(a *attrs, _ *peer) {
			a.med, a.path = 9, []uint32{65009, 65002} // another AS: its MED does not count
		}), "lower router id"},
		"originator in place of the router ID": {path(0, nil),
			path(1, func(a *attrs, _ *peer) { a.originator = v4(1) }), "lower router id"},
		"cluster list": {path(0, func(a *attrs, p *peer) { a.originator, a.clusters = v4(1), append(a.clusters, v4(7), v4(8)) }),
			path(1, func(a *attrs, p *peer) { a.originator, a.clusters = v4(1), append(a.clusters, v4(9)) }), "shorter cluster list"},
		"peer address": {path(1, func(_ *attrs, p *peer) { p.remote.RouterID = v4(1) }),
			path(0, func(_ *attrs, p *peer) { p.remote.RouterID = v4(1) }), "lower peer address"},
	} {
		t.Run(name, func(t *testing.T) {
			cs := []candidate{c.loser, c.winner}
			require.Equal(t, 1, decide(cs))
			rank(cs, fabric.AnyAS)
			require.Equal(t, c.winner.active, cs[0].active)
			require.Equal(t, c.reason, reason(cs, 0))
			if cs[1].equal {
				require.Equal(t, multipath, reason(cs, 1))
			} else {
				require.Equal(t, c.reason, reason(cs, 1))
			}
		})
	}
}

// The MED rule has no order that one could sort by: a beats b by MED, b beats c and c beats a by router ID. Taking sets
// apart step by step gives one answer, whatever the order of arrival (RFC 4271 section 9.1.2.2 c).
func TestMEDsOfSeveralNeighboursDoNotDependOnOrder(t *testing.T) {
	a := path(3, func(x *attrs, _ *peer) { x.med = 1 })
	b := path(1, func(x *attrs, _ *peer) { x.med = 2 })
	c := path(2, func(x *attrs, _ *peer) { x.path = []uint32{65009, 65002} })
	for i := range 20 {
		cs := []candidate{a, b, c}
		rand.New(rand.NewPCG(uint64(i), 0)).Shuffle(3, func(i, j int) { cs[i], cs[j] = cs[j], cs[i] })
		require.Equal(t, c.active, cs[decide(cs)].active, "b is beaten by a, and of a and c the latter has the lower router ID")
		rank(cs, fabric.AnyAS)
		require.Equal(t, []active{c.active, a.active, b.active}, []active{cs[0].active, cs[1].active, cs[2].active})
		require.Equal(t, []string{"lower router id", multipath, "lower MED"}, []string{reason(cs, 0), reason(cs, 1), reason(cs, 2)})
	}
}

func TestAPathWithoutRival(t *testing.T) {
	cs := []candidate{path(0, nil)}
	rank(cs, fabric.AnyAS)
	require.Equal(t, onlyPath, reason(cs, 0))
	require.Equal(t, -1, decide(nil))
}

// FRR without multipath-relax takes only paths of one neighbouring AS together, and over iBGP only those of one AS path.
func TestOverWhichPathsARouterBalances(t *testing.T) {
	as := func(n uint32) func(*attrs, *peer) {
		return func(a *attrs, p *peer) {
			p.Session, a.path = &fabric.Session{PeerAS: n}, []uint32{n, 65002}
		}
	}
	inside := func(path ...uint32) func(*attrs, *peer) {
		return func(a *attrs, p *peer) {
			p.Session, p.external, a.path = &fabric.Session{PeerAS: 65000}, false, path
		}
	}
	for name, c := range map[string]struct {
		paths fabric.Multipath
		set   []candidate
		want  []bool
	}{
		"of any AS":                 {fabric.AnyAS, []candidate{path(0, as(65001)), path(1, as(65001)), path(2, as(65003))}, []bool{true, true, true}},
		"of the best one's AS":      {fabric.OneAS, []candidate{path(0, as(65001)), path(1, as(65001)), path(2, as(65003))}, []bool{true, true, false}},
		"the best alone":            {fabric.OnePath, []candidate{path(0, as(65001)), path(1, as(65001)), path(2, as(65003))}, []bool{true, false, false}},
		"of the best one's AS path": {fabric.OneAS, []candidate{path(0, inside(1, 2)), path(1, inside(1, 2)), path(2, inside(1, 3))}, []bool{true, true, false}},
	} {
		rank(c.set, c.paths)
		var got []bool
		for _, x := range c.set {
			got = append(got, x.equal)
		}
		require.Equal(t, c.want, got, name)
	}
}
