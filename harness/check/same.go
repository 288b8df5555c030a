package check

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// Same wants all that an earlier snapshot shows to be as it was: sessions and what they carry, routing and forwarding tables, and
// what became of trips, flows and loads. The time of the snapshots does not count, nor which of several failing paths a
// trip shows, nor the words for a decision.
func Same(before *observe.Snapshot) Check {
	return Check{
		Name:  "same",
		needs: func(*fabric.Fabric) observe.Request { return requestOf(before) },
		judge: func(_ *fabric.Fabric, after *observe.Snapshot) []Finding { return compare(before, after) },
	}
}

// requestOf returns what has to be observed to see again what a snapshot shows.
func requestOf(s *observe.Snapshot) observe.Request {
	var out observe.Request
	if s == nil {
		return out
	}
	for _, t := range s.Trips {
		out.Trips = append(out.Trips, observe.Trip{From: t.From, To: t.To, V6: t.V6})
	}
	for _, b := range s.Bundles {
		out.Flows = append(out.Flows, b.Flows)
	}
	for _, l := range s.Loads {
		if !slices.Contains(out.Services, l.Service) {
			out.Services = append(out.Services, l.Service)
		}
		if pool, _ := pooled(s, l.Service, l.Phase); l.Phase == observe.Settled && (out.Sample == 0 || pool.Flows < out.Sample) {
			out.Sample = pool.Flows
		}
	}
	return out
}

func compare(before, after *observe.Snapshot) []Finding {
	const want = "as before"
	if before == nil || len(before.Sessions) == 0 || len(before.Tables) == 0 {
		return unknown("nothing to compare with", want)
	}
	out := slices.Concat(compareSessions(before, after), compareTables(before, after), compareTraffic(before, after))
	if len(out) == 0 {
		return ok(fmt.Sprintf("%d session ends, %d routing tables, %d trips, %d bundles of flows, %d loads",
			len(before.Sessions), len(before.Tables), len(before.Trips), len(before.Bundles), len(before.Loads)), want)
	}
	for i := range out {
		out[i].Want = want
	}
	return out
}

// compareSessions returns one finding a node; its place is that of the first session that differs.
func compareSessions(before, after *observe.Snapshot) []Finding {
	var out []Finding
	was, is := sessions(before), sessions(after)
	differ := func(status Status, of observe.Session, got string, p netip.Prefix) {
		if last := len(out) - 1; last >= 0 && out[last].Node == of.Node && out[last].Status == status {
			out[last].Got += "; " + of.Name() + " " + got
			return
		}
		f := Finding{Status: status, Node: of.Node, Session: of.Name(), Got: of.Name() + " " + got}
		if p.IsValid() {
			f.Prefix = p.String()
		}
		out = append(out, f)
	}
	for _, b := range before.Sessions {
		a, found := is(b.Node, b.Peer)
		sent, received := changed(b.Sent, a.Sent, route, sameRoute), changed(b.Received, a.Received, route, sameRoute)
		switch {
		case !found:
			differ(Unknown, b, "not observed", netip.Prefix{})
		case a.Up != b.Up:
			differ(Broken, b, map[bool]string{true: "is up now", false: "is down now " + a.Why}[a.Up], netip.Prefix{})
		case len(sent) > 0:
			differ(Broken, b, fmt.Sprintf("sends other routes, %d instead of %d: %s", len(a.Sent), len(b.Sent), list(sent)), sent[0])
		case len(received) > 0:
			differ(Broken, b, fmt.Sprintf("receives other routes, %d instead of %d: %s", len(a.Received), len(b.Received), list(received)), received[0])
		}
	}
	for _, a := range after.Sessions {
		if _, found := was(a.Node, a.Peer); !found {
			differ(Broken, a, "is new", netip.Prefix{})
		}
	}
	return out
}

// compareTables returns one finding a router and kind of table.
func compareTables(before, after *observe.Snapshot) []Finding {
	var out []Finding
	differ := func(node, table string, ps []netip.Prefix) {
		if len(ps) > 0 {
			out = append(out, Finding{Status: Broken, Node: node, Prefix: ps[0].String(),
				Got: fmt.Sprintf("%d prefixes differ in the %s table of %s: %s", len(ps), table, node, list(ps))})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before.Tables)) {
		b, a := before.Tables[name], after.Tables[name]
		if b == nil || a == nil {
			out = append(out, Finding{Node: name, Got: "tables of " + name + " not observed"})
			continue
		}
		differ(name, "routing", changed(b.RIB, a.RIB, func(e observe.Entry) netip.Prefix { return e.Prefix }, sameEntry))
		differ(name, "forwarding", changed(b.FIB, a.FIB, func(x observe.Forward) netip.Prefix { return x.Prefix }, sameForward))
	}
	for _, name := range slices.Sorted(maps.Keys(after.Tables)) {
		if _, found := before.Tables[name]; !found {
			out = append(out, Finding{Status: Broken, Node: name, Got: name + " is a new router"})
		}
	}
	return out
}

func route(r policy.Route) netip.Prefix { return r.Prefix }

func sameRoute(a, b policy.Route) bool {
	return a.SameAttributes(b) && a.Protocol == b.Protocol && a.External == b.External && a.Neighbor == b.Neighbor
}

func sameEntry(a, b observe.Entry) bool {
	return slices.EqualFunc(a.Paths, b.Paths, func(x, y observe.Path) bool {
		return x.Peer == y.Peer && x.Active == y.Active && sameRoute(x.Route, y.Route)
	})
}

func sameForward(a, b observe.Forward) bool { return a.Drop == b.Drop && slices.Equal(a.Hops, b.Hops) }

// changed returns the prefixes, in order, for which two lists do not hold the same.
func changed[T any](before, after []T, prefix func(T) netip.Prefix, same func(a, b T) bool) []netip.Prefix {
	equal := func(a, b T) bool { return prefix(a) == prefix(b) && same(a, b) }
	if slices.EqualFunc(before, after, equal) {
		return nil
	}
	was, is := map[netip.Prefix][]T{}, map[netip.Prefix][]T{}
	differ := map[netip.Prefix]bool{}
	for _, x := range before {
		was[prefix(x)] = append(was[prefix(x)], x)
	}
	for _, x := range after {
		is[prefix(x)] = append(is[prefix(x)], x)
		differ[prefix(x)] = was[prefix(x)] == nil
	}
	for p := range was {
		differ[p] = !slices.EqualFunc(was[p], is[p], equal)
	}
	maps.DeleteFunc(differ, func(_ netip.Prefix, d bool) bool { return !d })
	return sortedPrefixes(differ)
}
