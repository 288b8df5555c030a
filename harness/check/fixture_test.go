package check_test

import (
	"net/netip"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/multimog"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

func small(t testing.TB) *fabric.Fabric {
	data, err := os.ReadFile("testdata/fabric.yaml")
	require.NoError(t, err)
	f, err := fabric.Parse("testdata/fabric.yaml", data)
	require.NoError(t, err)
	return f
}

// healthy returns what would be seen of a fabric in which all is well: everything that the checks ask for arrives, every
// router knows every prefix, and nothing but the services' prefixes is sent.
func healthy(f *fabric.Fabric, checks ...check.Check) *observe.Snapshot {
	s := &observe.Snapshot{Tables: map[string]*observe.Table{}}
	for _, n := range f.Nodes {
		if n.Role == fabric.Router {
			s.Tables[n.Name] = table(f.PrefixesOf([]string{"site-local", "anycast"}))
		}
		for _, end := range f.SessionsOf(n.Name) {
			x := observe.Session{Node: end.Node, Peer: end.Peer, Up: true}
			for _, p := range f.PrefixesOf([]string{"anycast"}) {
				x.Sent = append(x.Sent, policy.Route{Prefix: p})
				x.Received = append(x.Received, policy.Route{Prefix: p})
			}
			s.Sessions = append(s.Sessions, x)
		}
	}
	req := check.RequestOf(f, checks...)
	for _, t := range req.Trips {
		t.Out = observe.Walk{Ending: observe.Delivered, Hops: []string{t.From, "spine1", t.To}}
		t.Back = observe.Walk{Ending: observe.Delivered, Hops: []string{t.To, "spine1", t.From}}
		s.Trips = append(s.Trips, t)
	}
	for _, x := range req.Flows {
		s.Bundles = append(s.Bundles, observe.Bundle{Flows: x, Endings: map[observe.Ending]int{observe.Delivered: x.Count},
			Via: map[string]int{"spine1": x.Count / 2, "spine2": x.Count - x.Count/2}})
	}
	for _, name := range req.Services {
		for _, phase := range []observe.LoadPhase{observe.Stale, observe.Settled} {
			s.Loads = append(s.Loads, observe.Load{Service: name, Phase: phase, Offered: f.Offered,
				Colos: []observe.Share{share("A", 2./3, 2./3), share("B", 1./3, 1./3)}})
		}
	}
	return s
}

// table returns a router's tables with an active route to each prefix.
func table(prefixes []netip.Prefix) *observe.Table {
	t := &observe.Table{}
	slices.SortFunc(prefixes, observe.ComparePrefix)
	for _, p := range prefixes {
		t.RIB = append(t.RIB, observe.Entry{Prefix: p, Paths: []observe.Path{{Route: policy.Route{Prefix: p}, Peer: "spine1", Active: true}}})
		t.FIB = append(t.FIB, observe.Forward{Prefix: p, Hops: []string{"spine1"}})
	}
	return t
}

// share is what a colo gets at the fixture's offered load of 0.6.
func share(name string, got, want float64) observe.Share {
	return observe.Share{Name: name, Landed: got, Share: got, Want: want, Factor: got / want,
		Utilisation: multimog.Utilisation(0.6, []float64{got}, []float64{want})[0]}
}

// judgement is a case in which one thing is not as it should be.
type judgement struct {
	name  string
	spoil func(*fabric.Fabric, *observe.Snapshot)
	want  []string // findings as brief writes them
}

// judge runs the cases, and the one in which all is well, for which good is found.
func judge(t *testing.T, good string, c func(*fabric.Fabric) check.Check, cases ...judgement) {
	t.Helper()
	all := func(*fabric.Fabric, *observe.Snapshot) {}
	for _, j := range append([]judgement{{"all is well", all, []string{good}}}, cases...) {
		t.Run(j.name, func(t *testing.T) {
			t.Parallel()
			f := small(t)
			claim := c(f)
			s := healthy(f, claim)
			j.spoil(f, s)
			require.Equal(t, j.want, brief(claim.Judge(f, s)))
		})
	}
}

// brief writes findings with their place in brackets: "broken [leafA leafA→spine1 10.0.0.0/24] got".
func brief(fs []check.Finding) []string {
	var out []string
	for _, f := range fs {
		s := f.Status.String() + " "
		where := ""
		for _, w := range []string{f.Node, f.Session, f.Prefix} {
			if w != "" {
				where += " " + w
			}
		}
		if where != "" {
			s += "[" + where[1:] + "] "
		}
		out = append(out, s+f.Got)
	}
	return out
}

func pfx(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// end returns one end of a session, to be spoiled.
func end(s *observe.Snapshot, node, peer string) *observe.Session {
	for i := range s.Sessions {
		if x := &s.Sessions[i]; x.Node == node && x.Peer == peer {
			return x
		}
	}
	panic("no session " + node + peer)
}
