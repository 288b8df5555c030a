package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// effects tells which routers withdraw or leak what from whom.
func (t *text) effects() {
	shown, _ := t.causes()
	for i, c := range shown {
		t.section(i == 0, "so")
		t.linef(1, "%s: %d routes", effect(c), c.Routes)
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
	if t.v.Outcome == gate.Pass {
		but := ""
		if t.waived() {
			but = " but what it waives"
		}
		t.linef(1, "no invariant minds%s: if one should, add it to the fabric", but)
	}
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

// effect says which routers do what with which prefixes: those that send for an export policy, those that take in for an import
// policy.
func effect(c *gate.Cause) string {
	from, to := ends(c.Sessions)
	verb := map[gate.Effect]string{gate.Withdrawn: "withdraw", gate.Leaked: "newly advertise", gate.Altered: "change"}[c.Effect]
	link := map[gate.Effect]string{gate.Withdrawn: "from"}[c.Effect]
	if c.Direction == policy.Import {
		from, to = to, from
		verb = map[gate.Effect]string{gate.Withdrawn: "no longer accept", gate.Leaked: "newly accept", gate.Altered: "change"}[c.Effect]
		link = "from"
	}
	if len(from) == 1 {
		verb += "s"
	}
	return fmt.Sprintf("%s %s %s %s %s", list(from), verb, list(c.Prefixes), cmp.Or(link, "to"), list(to))
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
