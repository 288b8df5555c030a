package gobgp

import (
	"fmt"
	"strings"

	"github.com/osrg/gobgp/v4/api"
)

// statement is one statement of GoBGP but for its session.
type statement struct {
	label string // the policy and term it is made from, for people
	on    test
	do    *api.Actions // nil for none
	to    label        // of a jump
}

// test is what a statement asks for: all of it. Fields are nil or empty where nothing is asked.
type test struct {
	prefix, path, community *api.MatchSet
	large                   *api.MatchSet
	without                 []string // regular expressions: no large community matches one; kept apart so that a guard can join
	origin                  api.OriginType
	routeType               api.Conditions_RouteType
	nextHops                []string
	localPref, med          uint32 // 0: not asked
}

func (s *statement) api(name string) *api.Statement {
	c := &api.Conditions{PrefixSet: s.on.prefix, AsPathSet: s.on.path, CommunitySet: s.on.community, LargeCommunitySet: s.on.large,
		Origin: s.on.origin, RouteType: s.on.routeType, NextHopInList: s.on.nextHops}
	if s.on.localPref != 0 {
		c.LocalPrefEq = &api.LocalPrefEq{Value: s.on.localPref}
	}
	if s.on.med != 0 {
		c.MedEq = &api.MedEq{Value: s.on.med}
	}
	return &api.Statement{Name: name, Conditions: c, Actions: s.do}
}

func (s *statement) String() string {
	a := s.api("")
	return s.label + " if " + conditionText(a.Conditions) + " then " + actionText(a.Actions)
}

func (t test) empty() bool {
	return t.prefix == nil && t.path == nil && t.community == nil && t.large == nil && t.without == nil &&
		t.origin == 0 && t.routeType == 0 && t.nextHops == nil && t.localPref == 0 && t.med == 0
}

// join adds what u asks for; it reports false, and changes nothing, if GoBGP cannot ask for both in one statement.
func (t *test) join(u test) bool {
	taken := t.prefix != nil && u.prefix != nil || t.path != nil && u.path != nil || t.community != nil && u.community != nil ||
		t.origin != 0 && u.origin != 0 || t.routeType != 0 && u.routeType != 0 || t.nextHops != nil && u.nextHops != nil ||
		t.localPref != 0 && u.localPref != 0 || t.med != 0 && u.med != 0
	if taken {
		return false
	}
	for _, s := range []struct{ to, from **api.MatchSet }{{&t.prefix, &u.prefix}, {&t.path, &u.path}, {&t.community, &u.community}} {
		if *s.from != nil {
			*s.to = *s.from
		}
	}
	t.origin, t.routeType = max(t.origin, u.origin), max(t.routeType, u.routeType)
	t.localPref, t.med = max(t.localPref, u.localPref), max(t.med, u.med)
	t.nextHops = append(t.nextHops, u.nextHops...)
	return true
}

// inverse returns the test that holds where t does not, if GoBGP has it.
func (t test) inverse() (test, bool) {
	turn := func(s *api.MatchSet, single bool) (*api.MatchSet, bool) {
		switch {
		case s.Type == api.MatchSet_TYPE_ANY || single:
			return &api.MatchSet{Type: api.MatchSet_TYPE_INVERT, Name: s.Name}, true
		case s.Type == api.MatchSet_TYPE_INVERT:
			return &api.MatchSet{Type: api.MatchSet_TYPE_ANY, Name: s.Name}, true
		}
		return nil, false
	}
	ok := false
	switch {
	case t.prefix != nil:
		t.prefix, ok = turn(t.prefix, false)
	case t.path != nil:
		t.path, ok = turn(t.path, false)
	case t.community != nil:
		t.community, ok = turn(t.community, false)
	}
	return t, ok
}

func conditionText(c *api.Conditions) string {
	var out []string
	set := func(s *api.MatchSet) {
		if s != nil {
			out = append(out, map[api.MatchSet_Type]string{api.MatchSet_TYPE_ANY: "", api.MatchSet_TYPE_ALL: "all of ", api.MatchSet_TYPE_INVERT: "not "}[s.Type]+s.Name)
		}
	}
	set(c.NeighborSet)
	for _, f := range c.AfiSafiIn {
		out = append(out, map[api.Family_Afi]string{api.Family_AFI_IP: "ipv4", api.Family_AFI_IP6: "ipv6"}[f.Afi])
	}
	set(c.PrefixSet)
	set(c.AsPathSet)
	set(c.CommunitySet)
	set(c.LargeCommunitySet)
	if c.Origin != 0 {
		out = append(out, c.Origin.String())
	}
	if c.RouteType != 0 {
		out = append(out, c.RouteType.String())
	}
	if len(c.NextHopInList) > 0 {
		out = append(out, fmt.Sprint("next-hop ", c.NextHopInList))
	}
	if c.LocalPrefEq != nil {
		out = append(out, fmt.Sprint("local-pref ", c.LocalPrefEq.Value))
	}
	if c.MedEq != nil {
		out = append(out, fmt.Sprint("med ", c.MedEq.Value))
	}
	return strings.Join(out, ", ")
}

func actionText(a *api.Actions) string {
	if a == nil {
		return "go on"
	}
	var out []string
	communities := func(kind string, c *api.CommunityAction) {
		if c != nil {
			op := strings.ToLower(strings.TrimPrefix(c.Type.String(), "TYPE_"))
			out = append(out, fmt.Sprint(op, " ", kind, " ", c.Communities))
		}
	}
	communities("community", a.Community)
	communities("ext-community", a.ExtCommunity)
	communities("large-community", a.LargeCommunity)
	if a.Med != nil {
		out = append(out, fmt.Sprint(strings.ToLower(strings.TrimPrefix(a.Med.Type.String(), "TYPE_")), " med ", a.Med.Value))
	}
	if a.LocalPref != nil {
		out = append(out, fmt.Sprint("local-pref ", a.LocalPref.Value))
	}
	if a.AsPrepend != nil && a.AsPrepend.UseLeftMost {
		out = append(out, fmt.Sprint("prepend last-as ", a.AsPrepend.Repeat, " times"))
	} else if a.AsPrepend != nil {
		out = append(out, fmt.Sprint("prepend ", a.AsPrepend.Asn, " ", a.AsPrepend.Repeat, " times"))
	}
	if a.Nexthop != nil {
		out = append(out, fmt.Sprintf("next-hop %s self=%t peer=%t", a.Nexthop.Address, a.Nexthop.Self, a.Nexthop.PeerAddress))
	}
	if a.OriginAction != nil {
		out = append(out, a.OriginAction.Origin.String())
	}
	if a.RouteAction != 0 {
		out = append(out, strings.ToLower(strings.TrimPrefix(a.RouteAction.String(), "ROUTE_ACTION_")))
	}
	return strings.Join(out, ", ")
}
