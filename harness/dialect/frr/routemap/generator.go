package routemap

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// generator writes the entries of one direction of one session.
type generator struct {
	*lists
	session  *Session
	dir      policy.Direction
	problems *place.Problems

	out     []entry
	places  map[label]int // of labels that are placed: the index of the entry
	pending []label       // that some entry jumps to
	labels  label
	dead    bool // no route gets here
	full    bool
	selfSet bool // the next hop, by a term before

	policy *policy.Policy // being translated
	term   *policy.Term
	calls  []*policy.Policy // under way, to find a policy that calls itself
}

// run writes the whole route-map.
func (g *generator) run() {
	chain := g.session.chain(g.dir)
	if g.dir == policy.Import {
		g.enterImport()
	} else {
		g.enterExport(chain)
	}
	g.chain(chain, 0, accept, reject)
	g.policy, g.term = nil, nil
	g.place(accept)
	if g.dir == policy.Import {
		g.leaveImport()
	} else {
		g.leaveExport(chain)
	}
	g.dead = false
	g.place(reject)
	g.emit(entry{deny: true})
}

func (g *generator) newLabel() label {
	g.labels++
	return g.labels - 1
}

// refuse notes that FRR cannot express something of the term at hand.
func (g *generator) refuse(format string, args ...any) {
	kind := map[bool]string{true: "eBGP", false: "iBGP"}[g.session.external()]
	var p place.Problem
	where := "policy"
	if g.policy != nil {
		p.Pos, where = g.policy.Pos, "policy "+g.policy.Name
	}
	if g.term != nil {
		p.Pos, where = g.term.Pos, where+" term "+g.term.Label()
	}
	p.Text = fmt.Sprintf("%s, %s over %s: FRR: %s", where, g.dir, kind, fmt.Sprintf(format, args...))
	if !slices.Contains(*g.problems, p) {
		*g.problems = append(*g.problems, p)
	}
}
