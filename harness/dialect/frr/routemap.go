package frr

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// routeMap is a route-map.
type routeMap struct {
	Definition
	reading
	entries []*routeMapEntry // by sequence number
	linear  bool             // no route-map … optimization
	leading int              // of leads; made when first asked for
}

// leads returns the number of the first entry that leads on with on-match or continue; more than any number if none does.
func (m *routeMap) leads() int {
	if m.leading == 0 {
		m.leading = math.MaxInt
		if i := slices.IndexFunc(m.entries, func(e *routeMapEntry) bool { return e.exit != exitMap }); i >= 0 {
			m.leading = m.entries[i].seq
		}
	}
	return m.leading
}

// routeMapEntry is one entry of a route-map.
type routeMapEntry struct {
	pos     place.Pos
	seq     int
	permit  bool
	matches []clause // one of a kind
	sets    []clause // one of a kind, in the order in which they run
	call    string
	exit    exitPolicy
	to      int // of exitGoto
}

// clause is a match or set line.
type clause struct {
	pos  place.Pos
	verb string   // match or set
	kind string   // the words that FRR takes for one kind: another line of that kind replaces it
	args []string // the words behind
}

func (c clause) text() string { return strings.Join(append([]string{c.verb, c.kind}, c.args...), " ") }

// form returns which of the forms that a kind has a clause is in. FRR replaces a line by another of its kind and form; with two forms it drops
// both, or all route-maps of the file.
func (c clause) form() string {
	first := append(c.args, "")[0]
	switch {
	case first == "none", first == "last-as", first == "peer-address", first == "unchanged":
		return first
	case c.kind == "metric" && strings.IndexAny(first, "+-") == 0:
		return first[:1]
	case c.kind == "peer":
		a, err := netip.ParseAddr(first)
		return fmt.Sprint(first == "local", err == nil, a.Is6())
	}
	return ""
}

// exitPolicy is what follows a permit that matched.
type exitPolicy uint8

const (
	exitMap exitPolicy = iota
	exitNext
	exitGoto
)

// routeMap reads a `route-map NAME permit|deny SEQ` line.
func (r *reader) routeMap(l line) {
	name := l.word(1)
	m := r.cfg.maps[name]
	if m == nil {
		m = &routeMap{Definition: Definition{Kind: routeMapObject, Name: name, Pos: l.pos}}
		r.cfg.maps[name] = m
		r.cfg.order = append(r.cfg.order, &m.Definition)
	}
	switch {
	case l.word(2) == "optimization":
		m.linear = l.no
		return
	case len(l.words) == 2 && l.no:
		if len(m.entries) == 0 {
			r.absent(l, "route-map "+name)
		}
		m.entries = nil
		return
	}
	permit, rest, ok := action(l.from(2))
	seq, err := 0, error(nil)
	if ok && len(rest) == 1 {
		seq, err = strconv.Atoi(rest[0])
	}
	if !ok || len(rest) != 1 || err != nil || seq < 1 || seq > 65535 {
		m.problem(l.pos, "%s: want permit or deny and a number from 1 to 65535", l.text())
		r.at, r.in, r.entry = inRouteMap, m, &routeMapEntry{} // what follows belongs to it
		return
	}
	at, found := slices.BinarySearchFunc(m.entries, seq, func(e *routeMapEntry, seq int) int { return e.seq - seq })
	if l.no {
		if !found {
			r.absent(l, fmt.Sprintf("entry %d of route-map %s", seq, name))
			return
		}
		m.entries = slices.Delete(m.entries, at, at+1)
		return
	}
	if !found {
		m.entries = slices.Insert(m.entries, at, &routeMapEntry{pos: l.pos, seq: seq, permit: permit})
	} else if m.entries[at].permit != permit {
		r.hint(l.pos, place.Warning, "entry-changed", "route-map %s %d was %s at %s: this line turns it round and keeps its clauses",
			name, seq, map[bool]string{true: "permit", false: "deny"}[m.entries[at].permit], m.entries[at].pos)
		if m.entries[at].permit = permit; !permit && m.entries[at].exit != exitMap {
			r.refused(l, "for an entry that leads on with on-match")
		}
	}
	r.at, r.in, r.entry = inRouteMap, m, m.entries[at]
}

// clause reads a line of an entry.
func (r *reader) clause(l line) {
	e := r.entry
	switch {
	case l.is("description"):
	case l.is("match"):
		r.put(&e.matches, l, matchKinds)
	case l.is("set"):
		r.put(&e.sets, l, setKinds)
		r.warnOfOrder(e)
	case l.is("call") && (len(l.words) == 2 || l.no):
		if l.no && e.call == "" {
			r.absent(l, fmt.Sprintf("call in entry %d of %s", e.seq, r.in))
		}
		if e.call = l.word(1); l.no {
			e.call = ""
		}
	case l.no:
		if e.exit == exitMap {
			r.absent(l, fmt.Sprintf("%s in entry %d of %s", l.word(0), e.seq, r.in))
		}
		e.exit = exitMap
	case !e.permit && l.word(0) != "call":
		r.refused(l, "in an entry that denies")
	case l.is("on-match", "next") && len(l.words) == 2:
		if e.exit == exitGoto {
			r.refused(l, "behind on-match goto or continue")
		}
		e.exit = exitNext
	case l.is("on-match", "goto") && len(l.words) == 3, l.is("continue") && len(l.words) == 2:
		to, err := strconv.Atoi(l.words[len(l.words)-1])
		if err != nil || to > 65535 {
			r.in.problem(l.pos, "%s: want the number of an entry", l.text())
			return
		}
		if to <= e.seq {
			r.refused(l, fmt.Sprintf("in entry %d: a route-map cannot go back", e.seq))
		}
		if e.exit == exitNext {
			r.refused(l, "behind on-match next")
		}
		e.exit, e.to = exitGoto, to
	default:
		r.in.problem(l.pos, "unknown: %s", shown(l.text()))
	}
}

// attributes are the kinds of set lines that change the same attribute as another kind, so that it matters which one runs first.
var attributes = map[string]string{"community": "communities", "comm-list": "communities", "large-community": "large communities",
	"large-comm-list": "large communities", "extcommunity none": "extended communities", "extcommunity rt": "extended communities", "extcommunity soo": "extended communities"}

// warnOfOrder warns where the order in which the sets run matters and is not that of the kinds, in which FRR saves its configuration.
func (r *reader) warnOfOrder(e *routeMapEntry) {
	if len(e.sets) == 0 {
		return
	}
	last := e.sets[len(e.sets)-1]
	for _, c := range e.sets[:len(e.sets)-1] {
		if attributes[c.kind] != "" && attributes[c.kind] == attributes[last.kind] && c.kind > last.kind {
			r.hint(last.pos, place.Warning, "order-of-sets", "route-map %s %d: FRR runs set %s before set %s as written here, but saves them the other way round: use two entries and on-match next",
				r.in.Name, e.seq, c.kind, last.kind)
		}
	}
}

// put adds a clause; one of its kind that is there already is taken out, and so is what a no line names.
func (r *reader) put(to *[]clause, l line, kinds []string) {
	words := l.from(1)
	kind := ""
	for _, k := range kinds { // the longest that fits, since the longer ones come first
		if f := strings.Fields(k); len(words) >= len(f) && slices.Equal(f, words[:len(f)]) {
			kind = k
			break
		}
	}
	if kind == "" {
		r.in.problem(l.pos, "unknown: %s", shown(l.text()))
		return
	}
	c := clause{l.pos, l.word(0), kind, words[len(strings.Fields(kind)):]}
	for i, o := range *to {
		if o.kind == kind && attributes[kind] != "" && slices.ContainsFunc((*to)[i+1:], func(x clause) bool { return attributes[x.kind] == attributes[kind] }) {
			r.in.problem(l.pos, "%s: whether FRR runs it in the place of %q or behind %q depends on how the file is loaded", shown(l.text()), shown(o.text()), shown((*to)[len(*to)-1].text()))
		}
		if o.kind == kind && o.form() != c.form() && !l.no {
			r.refused(l, fmt.Sprintf("behind %q: take one of the two lines away", shown(o.text())))
		}
	}
	if kind == "metric" && len(c.args) == 1 && !l.no && (c.args[0] == "+0" || c.args[0] == "-0" || l.word(0) == "match" && c.args[0] == "0") {
		r.refused(l, "with 0")
	}
	was := len(*to)
	*to = slices.DeleteFunc(*to, func(o clause) bool { return o.kind == kind })
	if l.no && len(*to) == was {
		r.absent(l, fmt.Sprintf("%s %s in entry %d of %s", l.word(0), kind, r.entry.seq, r.in))
	}
	if !l.no {
		*to = append(*to, c)
	}
}

// refused records a line that the parser of FRR takes and the check behind it does not: bgpd then drops all route-maps and lists that vtysh
// gives it together, which are those of the whole file, or leaves out the condition and aborts when it is asked what it runs (match metric 0).
func (r *reader) refused(l line, where string) {
	in := ""
	if r.at == inRouteMap {
		in = r.in.String() + ": "
	}
	r.cfg.global.Addf(l.pos, "%s%s: FRR refuses this %s, and with it all route-maps and lists of the file", in, shown(l.text()), where)
}
