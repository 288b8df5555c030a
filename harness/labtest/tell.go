package labtest

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// remark is something that a snapshot shows.
type remark struct {
	place string // what it is about: "session a b", "table a"
	text  string
}

// tell returns what a snapshot shows, in lines that do not depend on the runtime: sessions, what they carry, tables, trips and loads.
// Prefixes, and families, of which the same is to be told share a line. Addresses of nodes are told by the nodes' names.
func tell(f *fabric.Fabric, s *observe.Snapshot) []remark {
	l := &teller{owner: owners(f)}
	for _, x := range s.Sessions {
		if back, _ := s.Session(x.Peer, x.Node); x.Up != back.Up || x.Node < x.Peer {
			l.add("session "+x.Node+" "+x.Peer, map[bool]string{true: "up", false: "down"}[x.Up])
		}
	}
	for _, x := range s.Sessions {
		var g group
		for _, r := range x.Sent {
			g.add(r.Prefix, l.attributes(r, x.Node))
		}
		l.group("sent "+x.Node+" "+x.Peer, g)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Tables)) {
		l.table(name, s.Tables[name])
	}
	l.trips(s.Trips)
	for _, x := range s.Loads {
		l.load(x)
	}
	return l.out
}

// teller collects lines.
type teller struct {
	owner map[netip.Addr]string // nodes by their addresses
	out   []remark
}

func (l *teller) add(place, text string) { l.out = append(l.out, remark{place, text}) }

// trips tells what became of trips; where it was the same in both families, once.
func (l *teller) trips(trips []observe.Trip) {
	for i, t := range trips {
		same := func(o observe.Trip) bool { return o.From == t.From && o.To == t.To && outcome(o) == outcome(t) }
		place := "trip " + t.From + " " + t.To
		switch {
		case i+1 < len(trips) && same(trips[i+1]):
			l.add(place+" inet inet6", outcome(t))
		case i > 0 && same(trips[i-1]): // told
		default:
			l.add(place+map[bool]string{false: " inet", true: " inet6"}[t.V6], outcome(t))
		}
	}
}

func outcome(t observe.Trip) string {
	switch {
	case t.Arrived():
		return "arrives"
	case t.Out.Ending == observe.Delivered && t.Out.Lost == 0:
		return "on the way back " + ended(t.Back)
	}
	return strings.TrimSpace(ended(t.Out) + " " + t.Why)
}

func ended(w observe.Walk) string {
	return fmt.Sprintf("%s at %s, %.3g %% of the paths", w.Ending, w.At(), 100*w.Lost)
}

// load tells how the traffic of a service spreads, in whole percent.
func (l *teller) load(x observe.Load) {
	text := fmt.Sprintf("%.0f %% lost", 100*x.Lost)
	for _, c := range slices.Concat(x.Colos, x.Servers) {
		text += fmt.Sprintf(", %s gets %.0f %% and serves %.0f %%", c.Name, 100*c.Landed, 100*c.Share)
	}
	l.add(fmt.Sprintf("load %s %s", x.Service, x.Phase), text)
}

// changes tells two lists apart, in lines marked - and +, those about the same place together.
func changes(before, after []remark) string {
	var out strings.Builder
	var places []string
	for _, x := range slices.Concat(before, after) {
		if !slices.Contains(places, x.place) {
			places = append(places, x.place)
		}
	}
	mark := func(sign, place string, in, notIn []remark) {
		for _, x := range in {
			if x.place == place && !slices.Contains(notIn, x) {
				fmt.Fprintf(&out, "%s %s: %s\n", sign, x.place, x.text)
			}
		}
	}
	for _, p := range places {
		mark("-", p, before, after)
		mark("+", p, after, before)
	}
	return out.String()
}
