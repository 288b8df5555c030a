package netns

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// Difference is where the routers came to rest in another state than predicted.
type Difference struct {
	Node, Session      string // Session is "" for tables
	Prefix             netip.Prefix
	What               string // "session", "received", "sent", "routing table", "forwarding table"
	Predicted, Present string
}

func (d Difference) String() string {
	at := d.Node
	if d.Session != "" {
		at = d.Session
	}
	if d.Prefix.IsValid() {
		at += " " + d.Prefix.String()
	}
	return fmt.Sprintf("%s: %s: predicted %s, observed %s", at, d.What, d.Predicted, d.Present)
}

const nothing = "nothing"

// differences compares a prediction with what is there. The order of routes that are not the best does not count.
func differences(predicted, present *observe.Snapshot) []Difference {
	var out []Difference
	for _, p := range predicted.Sessions {
		o, _ := present.Session(p.Node, p.Peer)
		d := Difference{Node: p.Node, Session: p.Name()}
		if p.Up != o.Up {
			d.What, d.Predicted, d.Present = "session", upDown(p), upDown(o)
			out = append(out, d)
			continue
		}
		if d.What = "received"; !slices.EqualFunc(p.Received, o.Received, same) {
			out = append(out, compare(d, texts(p.Received), texts(o.Received))...)
		}
		if d.What = "sent"; !slices.EqualFunc(p.Sent, o.Sent, same) {
			out = append(out, compare(d, texts(p.Sent), texts(o.Sent))...)
		}
	}
	for name, p := range predicted.Tables {
		o := present.Tables[name]
		if o == nil {
			o = &observe.Table{}
		}
		if !slices.EqualFunc(p.RIB, o.RIB, sameEntry) {
			out = append(out, compare(Difference{Node: name, What: "routing table"}, entries(p.RIB), entries(o.RIB))...)
		}
		if !slices.EqualFunc(p.FIB, o.FIB, sameForward) {
			out = append(out, compare(Difference{Node: name, What: "forwarding table"}, forwards(p.FIB), forwards(o.FIB))...)
		}
	}
	return out
}

// same reports whether two routes are the same in everything. Then they read the same, too; to compare them so costs far more.
func same(a, b policy.Route) bool {
	return a.SameAttributes(b) && a.Protocol == b.Protocol && a.External == b.External && a.Neighbor == b.Neighbor
}

// sameEntry reports whether two entries have the same paths, the best first.
func sameEntry(a, b observe.Entry) bool {
	alike := func(x, y observe.Path) bool {
		return x.Peer == y.Peer && x.Active == y.Active && same(x.Route, y.Route)
	}
	if a.Prefix != b.Prefix || len(a.Paths) != len(b.Paths) || !alike(a.Paths[0], b.Paths[0]) {
		return false
	}
	left := slices.Clone(b.Paths[1:])
	for _, x := range a.Paths[1:] {
		i := slices.IndexFunc(left, func(y observe.Path) bool { return alike(x, y) })
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return true
}

func sameForward(a, b observe.Forward) bool {
	return a.Prefix == b.Prefix && a.Drop == b.Drop && slices.Equal(a.Hops, b.Hops)
}

func upDown(s observe.Session) string {
	if s.Up {
		return "up"
	}
	return "down (" + s.Why + ")"
}

// compare returns a difference, like the one given, for every prefix that the two do not say the same of.
func compare(like Difference, predicted, present map[netip.Prefix]string) []Difference {
	var out []Difference
	add := func(p netip.Prefix, want, got string) {
		like.Prefix, like.Predicted, like.Present = p, want, got
		out = append(out, like)
	}
	for p, want := range predicted {
		if got, found := present[p]; !found {
			add(p, want, nothing)
		} else if got != want {
			add(p, want, got)
		}
	}
	for p, got := range present {
		if _, found := predicted[p]; !found {
			add(p, nothing, got)
		}
	}
	slices.SortFunc(out, func(a, b Difference) int { return observe.ComparePrefix(a.Prefix, b.Prefix) })
	return out
}

func texts(routes []policy.Route) map[netip.Prefix]string {
	out := make(map[netip.Prefix]string, len(routes))
	for _, r := range routes {
		out[r.Prefix] = r.String()
	}
	return out
}

// entries tells the routes to each prefix: the best, then the others in alphabetical order.
func entries(rib []observe.Entry) map[netip.Prefix]string {
	out := make(map[netip.Prefix]string, len(rib))
	for _, e := range rib {
		var lines []string
		for i, p := range e.Paths {
			mark := "- "
			switch {
			case i == 0:
				mark = "! " // the best sorts first
			case p.Active:
				mark = "* "
			}
			lines = append(lines, fmt.Sprintf("%s%s from %q preference %d", mark, p.Route, p.Peer, p.Route.Preference))
		}
		slices.Sort(lines)
		out[e.Prefix] = strings.Join(lines, "; ")
	}
	return out
}

func forwards(fib []observe.Forward) map[netip.Prefix]string {
	out := make(map[netip.Prefix]string, len(fib))
	for _, f := range fib {
		out[f.Prefix] = "via " + strings.Join(f.Hops, ", ")
		if f.Drop {
			out[f.Prefix] = "discard"
		}
	}
	return out
}
