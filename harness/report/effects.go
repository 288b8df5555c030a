package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/observe"
)

// effects tells which routers withdraw or leak what from whom.
func (t *text) effects() {
	shown, _ := t.causes()
	for i, c := range shown {
		t.section(i == 0, "so")
		verb := map[gate.Effect]string{gate.Withdrawn: "withdraw", gate.Leaked: "newly advertise", gate.Altered: "advertise otherwise"}[c.Effect]
		from, to := ends(c.Sessions)
		t.linef(1, "%s %s %s %s %s: %d routes", list(from), plural(verb, len(from)), list(c.Prefixes), preposition(c.Effect), list(to), c.Routes)
	}
	withdrawn, added := 0, 0
	for _, m := range t.v.Moved {
		withdrawn += len(m.Withdrawn)
		added += len(m.Added)
	}
	if withdrawn+added == 0 {
		return
	}
	t.section(len(t.v.Culprits()) == 0, "so")
	t.counts()
	t.linef(1, "with all that follows: %d paths withdrawn, %d added, on %d sessions", withdrawn, added, len(t.v.Moved))
}

// counts tells how many routes the sessions of the causes carried and carry, sessions with equal numbers on one line.
func (t *text) counts() {
	var direct []string
	for _, c := range t.v.Culprits() {
		direct = append(direct, c.Sessions...)
	}
	var order []string
	sessions := map[string][]string{}
	for _, m := range t.v.Moved {
		name := observe.SessionName(m.Node, m.Peer)
		if !slices.Contains(direct, name) {
			continue
		}
		numbers := fmt.Sprintf("%d → %d", m.Before, m.After)
		if sessions[numbers] == nil {
			order = append(order, numbers)
		}
		sessions[numbers] = append(sessions[numbers], name)
	}
	for _, numbers := range order {
		t.linef(1, "routes advertised %s on %s", numbers, list(sessions[numbers]))
	}
}

func preposition(e gate.Effect) string {
	if e == gate.Withdrawn {
		return "from"
	}
	return "to"
}

// ends splits session names into the routers that send and those that are sent to, each once.
func ends(sessions []string) (from, to []string) {
	for _, s := range sessions {
		a, b, _ := strings.Cut(s, "→")
		if !slices.Contains(from, a) {
			from = append(from, a)
		}
		if !slices.Contains(to, b) {
			to = append(to, b)
		}
	}
	return from, to
}

func plural(verb string, subjects int) string {
	if subjects != 1 {
		return verb
	}
	return strings.Replace(verb+"s", "advertise otherwises", "advertises otherwise", 1)
}

// list joins up to eight things with commas and counts the rest.
func list[T any](xs []T) string {
	var s []string
	for i, x := range xs {
		if i == 8 && len(xs) > 9 {
			s = append(s, fmt.Sprintf("and %d more", len(xs)-i))
			break
		}
		s = append(s, fmt.Sprint(x))
	}
	return strings.Join(s, ", ")
}
