//go:build linux

package speaker

import (
	"context"
	"net/netip"
	"testing"

	"github.com/osrg/gobgp/v4/api"
	"github.com/osrg/gobgp/v4/pkg/server"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/policy"
)

// everything is a program with every kind of set, condition and action that Compile writes.
func everything(t *testing.T) *gobgp.Program {
	t.Helper()
	regex := func(n policy.Node) *policy.Regex {
		x, err := policy.Compile("x", n)
		require.NoError(t, err)
		return x
	}
	any := policy.Repeat(policy.AnySymbol(), 0, -1)
	communities := policy.NewCommunityDef("C", []policy.CommunityPattern{{Literal: policy.Std(64500, 1)}, {Literal: policy.NoExport},
		{Literal: policy.Std(0, 0), Regex: regex(policy.Seq(policy.Text("64501:"), any))}}, false)
	large := policy.NewCommunityDef("L", []policy.CommunityPattern{{Literal: policy.Community{Kind: policy.Large, A: 1, B: 2, C: 3}}}, false)
	path := &policy.ASPathDef{Name: "P", AnyOf: []*policy.Regex{regex(policy.Seq(policy.Symbol(65001, 65009), any))}}
	p := &policy.Policy{Name: "P", Terms: []*policy.Term{
		{Name: "sets", Flow: policy.NextTerm, From: []policy.Match{
			policy.NewMatchPrefix(nil, []policy.PrefixRange{policy.OrLonger(netip.MustParsePrefix("10.0.0.0/8")), policy.Exactly(netip.MustParsePrefix("10.1.0.0/16"))}, nil),
			&policy.MatchCommunity{AnyOf: []*policy.CommunityDef{communities}}, &policy.MatchASPath{AnyOf: []*policy.ASPathDef{path}}},
			Then: []policy.Action{&policy.SetCommunity{Op: policy.CommunityAdd, Def: communities}, &policy.SetCommunity{Op: policy.CommunityAdd, Def: large},
				&policy.SetNumber{Field: policy.MED, Value: 0}, &policy.SetOrigin{Origin: policy.EGP}, &policy.SetNextHop{Addr: netip.MustParseAddr("192.0.2.1")}}},
		{Name: "numbers", Flow: policy.RejectRoute, From: []policy.Match{&policy.MatchNumber{Field: policy.LocalPref, Min: 50, Max: 50},
			&policy.MatchNumber{Field: policy.MED, Min: 7, Max: 7}, &policy.MatchOrigin{AnyOf: []policy.Origin{policy.IGP}},
			&policy.MatchAddr{Field: policy.OfNextHop, AnyOf: []netip.Prefix{netip.MustParsePrefix("192.0.2.9/32")}}}},
		{Name: "actions", Flow: policy.AcceptRoute, Then: []policy.Action{&policy.SetNumber{Field: policy.LocalPref, Value: 200},
			&policy.SetNumber{Field: policy.MED, Arith: policy.Sub, Value: 1}, &policy.Prepend{ASNs: []uint32{7, 7}}, &policy.Expand{Count: 2},
			&policy.SetCommunity{Op: policy.CommunitySetTo, Def: large}, &policy.SetCommunity{Op: policy.CommunityDelete, Def: communities}}},
	}}
	out := &policy.Policy{Name: "OUT", Terms: []*policy.Term{{Name: "external", From: []policy.Match{&policy.MatchRouteType{External: true}}, Flow: policy.AcceptRoute,
		Then: []policy.Action{&policy.SetNextHop{Kind: policy.NextHopSelf}}}}}
	program, err := gobgp.Compile([]gobgp.Session{{Peer: netip.MustParseAddr("192.0.2.2"), LocalAS: 65000, PeerAS: 65001, In: policy.Calls(p), Out: policy.Calls(out)}})
	require.NoError(t, err)
	return program
}

// given returns a router without neighbours that has been given the program.
func given(t *testing.T, program *gobgp.Program) *router {
	t.Helper()
	r := &router{bgp: server.NewBgpServer(), wake: make(chan struct{}, 1)}
	go r.bgp.Serve()
	t.Cleanup(r.bgp.Stop)
	require.NoError(t, r.bgp.StartBgp(context.Background(), &api.StartBgpRequest{Global: &api.Global{Asn: 65000, RouterId: "192.0.2.1", ListenPort: -1}}))
	held, err := r.setPolicy(program.Request(), program.Assignments())
	require.NoError(t, err)
	require.NoError(t, compare(program, held))
	return r
}

// What GoBGP lists in its own words is no difference; a router that holds anything else than it was given is found out.
func TestTamperedPolicyIsFoundOut(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	set := func(kind api.DefinedType) func(*testing.T, *router, *api.SetPoliciesRequest) string {
		return func(t *testing.T, r *router, q *api.SetPoliciesRequest) string {
			for _, s := range q.DefinedSets {
				if s.DefinedType != kind {
					continue
				}
				if len(s.List) > 0 {
					s.List = append(s.List, s.List[0]+"0")
				} else {
					s.Prefixes[0].MaskLengthMax--
				}
				if kind == api.DefinedType_DEFINED_TYPE_NEIGHBOR {
					s.List[len(s.List)-1] = "198.51.100.1/32"
				}
				require.NoError(t, r.bgp.AddDefinedSet(ctx, &api.AddDefinedSetRequest{DefinedSet: s, Replace: true}))
				return "set " + kind.String() + " " + s.Name + ": sent"
			}
			require.Fail(t, "no such set")
			return ""
		}
	}
	statement := func(change func(*api.Statement) bool, want string) func(*testing.T, *router, *api.SetPoliciesRequest) string {
		return func(t *testing.T, r *router, q *api.SetPoliciesRequest) string {
			for _, p := range q.Policies {
				for _, s := range p.Statements {
					if change(s) {
						require.NoError(t, r.bgp.SetPolicies(ctx, q))
						return "policy " + p.Name + " statement " + s.Name + want
					}
				}
			}
			require.Fail(t, "no such statement")
			return ""
		}
	}
	for name, tamper := range map[string]func(*testing.T, *router, *api.SetPoliciesRequest) string{
		"prefixes":          set(api.DefinedType_DEFINED_TYPE_PREFIX),
		"neighbours":        set(api.DefinedType_DEFINED_TYPE_NEIGHBOR),
		"communities":       set(api.DefinedType_DEFINED_TYPE_COMMUNITY),
		"large communities": set(api.DefinedType_DEFINED_TYPE_LARGE_COMMUNITY),
		"AS paths":          set(api.DefinedType_DEFINED_TYPE_AS_PATH),
		"another set": func(t *testing.T, r *router, _ *api.SetPoliciesRequest) string {
			require.NoError(t, r.bgp.AddDefinedSet(ctx, &api.AddDefinedSetRequest{DefinedSet: &api.DefinedSet{
				DefinedType: api.DefinedType_DEFINED_TYPE_COMMUNITY, Name: "more", List: []string{"1:1"}}}))
			return "set DEFINED_TYPE_COMMUNITY more: it was never sent"
		},
		"another policy": func(t *testing.T, r *router, _ *api.SetPoliciesRequest) string {
			require.NoError(t, r.bgp.AddPolicy(ctx, &api.AddPolicyRequest{Policy: &api.Policy{Name: "more"}}))
			return "policy more: it was never sent"
		},
		"a missing statement": func(t *testing.T, r *router, q *api.SetPoliciesRequest) string {
			q.Policies[0].Statements = q.Policies[0].Statements[1:]
			require.NoError(t, r.bgp.SetPolicies(ctx, q))
			return "policy " + q.Policies[0].Name + ": sent "
		},
		"the order of statements": func(t *testing.T, r *router, q *api.SetPoliciesRequest) string {
			s := q.Policies[0].Statements
			s[0], s[1] = s[1], s[0]
			require.NoError(t, r.bgp.SetPolicies(ctx, q))
			return "policy " + q.Policies[0].Name + " statement "
		},
		"an assignment": func(t *testing.T, r *router, q *api.SetPoliciesRequest) string {
			require.NoError(t, r.bgp.SetPolicyAssignment(ctx, &api.SetPolicyAssignmentRequest{Assignment: &api.PolicyAssignment{Name: "global",
				Direction: api.PolicyDirection_POLICY_DIRECTION_IMPORT, DefaultAction: api.RouteAction_ROUTE_ACTION_ACCEPT}}))
			return "POLICY_DIRECTION_IMPORT: sent"
		},
		"a default": func(t *testing.T, r *router, q *api.SetPoliciesRequest) string {
			require.NoError(t, r.bgp.SetPolicyAssignment(ctx, &api.SetPolicyAssignmentRequest{Assignment: &api.PolicyAssignment{Name: "global",
				Direction: api.PolicyDirection_POLICY_DIRECTION_EXPORT, DefaultAction: api.RouteAction_ROUTE_ACTION_ACCEPT, Policies: []*api.Policy{{Name: "export"}}}}))
			return "POLICY_DIRECTION_EXPORT: sent"
		},
		"a disposition": statement(func(s *api.Statement) bool {
			old := s.Actions.GetRouteAction()
			if old != 0 {
				s.Actions.RouteAction = 3 - old
			}
			return old != 0
		}, ": sent then"),
		"a prefix set": statement(func(s *api.Statement) bool {
			c := s.Conditions.PrefixSet
			if c != nil {
				c.Type = api.MatchSet_TYPE_INVERT
			}
			return c != nil
		}, ": sent if"),
		"a family":        statement(func(s *api.Statement) bool { s.Conditions.AfiSafiIn = nil; return true }, ": sent if"),
		"a neighbour set": statement(func(s *api.Statement) bool { s.Conditions.NeighborSet = nil; return true }, ": sent if"),
		"a next hop asked": statement(func(s *api.Statement) bool {
			c := s.Conditions
			if c.NextHopInList == nil {
				return false
			}
			c.NextHopInList[0] = "192.0.2.8"
			return true
		}, ": sent if"),
		"a local preference asked": statement(func(s *api.Statement) bool {
			c := s.Conditions.LocalPrefEq
			if c != nil {
				c.Value++
			}
			return c != nil
		}, ": sent if"),
		"a metric asked": statement(func(s *api.Statement) bool {
			c := s.Conditions.MedEq
			if c != nil {
				c.Value++
			}
			return c != nil
		}, ": sent if"),
		"a route type": statement(func(s *api.Statement) bool {
			old := s.Conditions.RouteType
			s.Conditions.RouteType = 0
			return old != 0
		}, ": sent if"),
		"communities set": statement(func(s *api.Statement) bool {
			a := s.Actions.GetCommunity()
			if a != nil {
				a.Type = 3 - a.Type/2
			}
			return a != nil
		}, ": sent then"),
		"a community": statement(func(s *api.Statement) bool {
			a := s.Actions.GetCommunity()
			if a != nil {
				a.Communities = a.Communities[1:]
			}
			return a != nil && len(a.Communities) > 0
		}, ": sent then"),
		"a metric": statement(func(s *api.Statement) bool {
			a := s.Actions.GetMed()
			if a != nil {
				a.Value -= 5
			}
			return a != nil
		}, ": sent then"),
		"a preference": statement(func(s *api.Statement) bool {
			a := s.Actions.GetLocalPref()
			if a != nil {
				a.Value++
			}
			return a != nil
		}, ": sent then"),
		"a prepend": statement(func(s *api.Statement) bool {
			a := s.Actions.GetAsPrepend()
			if a != nil {
				a.Repeat++
			}
			return a != nil
		}, ": sent then"),
		"a next hop": statement(func(s *api.Statement) bool {
			a := s.Actions.GetNexthop()
			if a != nil {
				a.Address, a.Self = "192.0.2.7", false
			}
			return a != nil
		}, ": sent then"),
		"an origin": statement(func(s *api.Statement) bool {
			a := s.Actions.GetOriginAction()
			if a != nil {
				a.Origin = api.OriginType_ORIGIN_TYPE_INCOMPLETE
			}
			return a != nil
		}, ": sent then"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := everything(t)
			r := given(t, program)
			want := tamper(t, r, proto.Clone(program.Request()).(*api.SetPoliciesRequest))
			held, err := held(r.bgp)
			require.NoError(t, err)
			require.ErrorContains(t, compare(program, held), want)
		})
	}
}
