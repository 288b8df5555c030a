package speaker

import (
	"net/netip"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/native"
	"github.com/closlab/closlab/harness/policy"
)

// full returns a report in which nothing is zero.
func full() *Report {
	route := func(from string) policy.Route {
		return policy.Route{
			Prefix: netip.MustParsePrefix("10.0.0.0/8"), Protocol: policy.Static, External: true, Origin: policy.EGP,
			NextHopKind: policy.NextHopSelf, NextHop: netip.MustParseAddr("192.0.2.9"), Neighbor: netip.MustParseAddr(from),
			LocalPref: 1, MED: 2, Tag: 3, Preference: 4, ASPath: []uint32{65001}, Communities: policy.CommunitySet(policy.Std(1, 2)),
		}
	}
	return &Report{
		Sessions: []Session{{Remote: netip.MustParseAddr("192.0.2.1"), Up: true, State: "x", Received: []policy.Route{route("192.0.2.1")}}},
		Paths:    []Path{{route("192.0.2.2"), true}, {route("192.0.2.1"), true}},
		Dark:     []string{"x"}, Aggregates: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		Forwards: []native.Forward{{Prefix: netip.MustParsePrefix("10.0.0.0/8"), Hops: []netip.Addr{netip.MustParseAddr("192.0.2.1")}}},
		Problems: []string{"x"},
	}
}

// vary makes everything in v another, one after the other, and calls f each time with its name.
func vary(v reflect.Value, name string, f func(name string)) {
	was := reflect.New(v.Type()).Elem()
	was.Set(v)
	try := func(other any) {
		v.Set(reflect.ValueOf(other).Convert(v.Type()))
		f(name)
		v.Set(was)
	}
	switch x := v.Interface().(type) {
	case netip.Addr:
		try(x.Next())
		return
	case netip.Prefix:
		try(netip.PrefixFrom(x.Addr(), x.Bits()+1))
		try(netip.PrefixFrom(x.Addr().Next(), x.Bits()))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			vary(v.Field(i), name+"."+v.Type().Field(i).Name, f)
		}
	case reflect.Slice:
		try(v.Slice(0, v.Len()-1).Interface())
		for i := range v.Len() {
			vary(v.Index(i), name+"[]", f)
		}
	case reflect.Bool:
		try(!v.Bool())
	case reflect.String:
		try(v.String() + "y")
	default:
		try(v.Uint() + 1)
	}
}

func TestDigestShowsEveryChange(t *testing.T) {
	t.Parallel()
	r := full()
	before, seen := r.Digest(), map[string]bool{}
	vary(reflect.ValueOf(r).Elem(), "Report", func(name string) {
		require.NotEqual(t, before, r.Digest(), name)
		seen[name] = true
	})
	require.Equal(t, before, r.Digest(), "put back as it was")
	require.Equal(t, before, full().Digest())
	require.Contains(t, seen, "Report.Sessions[].Received[].Communities[].C", "all of it was tried")
	require.Contains(t, seen, "Report.Paths[].Route.ASPath[]")
}

func TestMarkShowsEveryChange(t *testing.T) {
	t.Parallel()
	r := &full().Paths[0].Route
	before := Mark(r)
	vary(reflect.ValueOf(r).Elem(), "Route", func(name string) { require.NotEqual(t, before, Mark(r), name) })
}

func TestSortKeepsTheBestAhead(t *testing.T) {
	t.Parallel()
	path := func(prefix, from string, best bool) Path {
		return Path{Route: policy.Route{Prefix: netip.MustParsePrefix(prefix), Neighbor: netip.MustParseAddr(from)}, Best: best}
	}
	r := &Report{
		Sessions: []Session{{Remote: netip.MustParseAddr("2001:db8::1")}, {Remote: netip.MustParseAddr("192.0.2.1")}},
		Paths: []Path{
			path("10.1.0.0/16", "192.0.2.9", true), path("10.1.0.0/16", "192.0.2.1", false), path("10.1.0.0/16", "192.0.2.5", true),
			path("10.0.0.0/16", "192.0.2.9", false), path("10.0.0.0/16", "192.0.2.1", false), // the router's own is the best
		},
	}
	r.Sort()
	require.Equal(t, []Path{
		path("10.0.0.0/16", "192.0.2.1", false), path("10.0.0.0/16", "192.0.2.9", false),
		path("10.1.0.0/16", "192.0.2.9", true), path("10.1.0.0/16", "192.0.2.5", true), path("10.1.0.0/16", "192.0.2.1", false),
	}, r.Paths)
	require.True(t, r.Sessions[0].Remote.Is4())
}
