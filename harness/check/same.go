package check

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// Same wants all to be as in an earlier snapshot: sessions and what they carry, routing and forwarding tables, and whatever
// trips, flows and loads both show. The time of the snapshots does not count.
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
	}
	return out
}

func compare(before, after *observe.Snapshot) []Finding {
	want := "as before"
	if len(before.Sessions) == 0 || len(before.Tables) == 0 {
		return unknown("nothing to compare with", want)
	}
	var out []Finding
	differ := func(node, session, prefix, got string) {
		out = append(out, Finding{Status: Broken, Node: node, Session: session, Prefix: prefix, Got: got, Want: want})
	}
	if len(before.Sessions) != len(after.Sessions) {
		differ("", "", "", fmt.Sprintf("%d session ends instead of %d", len(after.Sessions), len(before.Sessions)))
	}
	for _, b := range before.Sessions {
		a, _ := after.Session(b.Node, b.Peer)
		if a.Up != b.Up {
			differ(b.Node, b.Name(), "", fmt.Sprintf("up is %v instead of %v %s", a.Up, b.Up, a.Why))
		}
		if p := firstDifference(b.Sent, a.Sent); p != "" {
			differ(b.Node, b.Name(), p, fmt.Sprintf("other routes sent: %d instead of %d", len(a.Sent), len(b.Sent)))
		}
		if p := firstDifference(b.Received, a.Received); p != "" {
			differ(b.Node, b.Name(), p, fmt.Sprintf("other routes received: %d instead of %d", len(a.Received), len(b.Received)))
		}
	}
	for name, b := range before.Tables {
		if a := after.Tables[name]; a == nil || !reflect.DeepEqual(a, b) {
			differ(name, "", "", "another routing or forwarding table")
		}
	}
	if !reflect.DeepEqual(before.Trips, after.Trips) {
		differ("", "", "", "other ways through the fabric")
	}
	if !reflect.DeepEqual(before.Bundles, after.Bundles) {
		differ("", "", "", "flows take other ways")
	}
	if !reflect.DeepEqual(before.Loads, after.Loads) {
		differ("", "", "", "another distribution of load")
	}
	if len(out) == 0 {
		return ok(fmt.Sprintf("%d session ends, %d routing tables", len(before.Sessions), len(before.Tables)), want)
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return slices.Compare([]string{a.Node}, []string{b.Node}) })
	return out
}

// firstDifference returns the first prefix whose route differs, "" if none does.
func firstDifference(a, b []policy.Route) string {
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			return b[i].Prefix.String()
		case i >= len(b) || !a[i].SameAttributes(b[i]):
			return a[i].Prefix.String()
		}
	}
	return ""
}
