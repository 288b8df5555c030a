package gobgp

import (
	"fmt"
	"slices"

	"github.com/osrg/gobgp/v4/api"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// label is a place in a program that a route can jump forward to.
type label uint32

const (
	accept label = iota // the end of the program
	reject              // no place: ends the evaluation
	firstLabel
)

// generator writes the statements of one direction of one session. A route that has jumped carries the mark of its label;
// while a label is pending, every statement asks for the absence of such marks.
type generator struct {
	*sets
	session  *Session
	dir      policy.Direction
	problems *place.Problems

	out     []*statement
	pending map[label]int // jumps to labels not placed yet
	labels  label
	dead    bool // no route gets here without a mark
	bare    bool // since the last statement does nothing but jump

	policy     *policy.Policy // being translated
	term       *policy.Term
	calls      []*policy.Policy // under way, to find a policy that calls itself
	localPrefs []uint32         // the local preferences a route can have here; nil if unknown
	nextHopSet bool             // by a term before
	full       bool
}

func newGenerator(sets *sets, s *Session, dir policy.Direction, problems *place.Problems) *generator {
	return &generator{sets: sets, session: s, dir: dir, problems: problems, pending: map[label]int{}, labels: firstLabel}
}

// run writes the whole program.
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
	if g.dir == policy.Export {
		g.holdBack(chain)
	}
	g.emit(test{}, &api.Actions{LargeCommunity: remove(allMarks), RouteAction: api.RouteAction_ROUTE_ACTION_ACCEPT})
}

// enterImport drops marks that come from outside, and knows what local preference routes of eBGP peers have: GoBGP drops
// what they sent (RFC 4271 section 5.1.5), and takes 100 where there is none.
func (g *generator) enterImport() {
	g.emit(test{large: g.large(allMarks)}, &api.Actions{LargeCommunity: remove(allMarks)})
	if g.session.external() {
		g.localPrefs = []uint32{100}
	}
}

// enterExport gives routes of last resort their local preference, and puts the own AS in front of the path of an old route: see
// the package comment.
func (g *generator) enterExport(chain policy.Chain) {
	g.emit(test{large: g.large(exactly(LastResort()))}, &api.Actions{LocalPref: &api.LocalPrefAction{Value: 100}})
	if g.session.external() {
		own := fmt.Sprintf("^%d_", g.session.LocalAS)
		g.emit(test{path: &api.MatchSet{Type: api.MatchSet_TYPE_INVERT, Name: g.named(api.DefinedType_DEFINED_TYPE_AS_PATH, []string{own})}},
			&api.Actions{AsPrepend: &api.AsPrependAction{Asn: g.session.LocalAS, Repeat: 1}})
	}
	for i, c := range g.keeping() {
		if adds(chain, c) {
			g.emit(test{community: g.community(api.MatchSet_TYPE_ANY, c.Text())},
				&api.Actions{LargeCommunity: add(mark(ofWellKnown, uint32(i)))})
		}
	}
}

// keeping returns the well-known communities that keep a route from the peer.
func (g *generator) keeping() []policy.Community {
	switch {
	case g.session.SendsAll:
		return nil
	case g.session.external():
		return []policy.Community{policy.NoAdvertise, policy.NoExport, policy.NoExportSubconfed}
	}
	return []policy.Community{policy.NoAdvertise}
}

// holdBack rejects what a well-known community keeps from the peer: what carried it before the policy and still does.
func (g *generator) holdBack(chain policy.Chain) {
	for i, c := range g.keeping() {
		t := test{community: g.community(api.MatchSet_TYPE_ANY, c.Text())}
		if adds(chain, c) {
			t.large = g.large(exactly(mark(ofWellKnown, uint32(i))))
		}
		g.emit(t, &api.Actions{RouteAction: api.RouteAction_ROUTE_ACTION_REJECT})
	}
}

// adds reports whether some term of the chain can add the community.
func adds(chain policy.Chain, c policy.Community) bool {
	for _, p := range chain.Policies() {
		for _, t := range p.Terms {
			for _, a := range t.Then {
				if s, ok := a.(*policy.SetCommunity); ok && s.Op != policy.CommunityDelete && s.Def.Literals.Has(c) {
					return true
				}
			}
		}
	}
	return false
}

func (g *generator) newLabel() label {
	g.labels++
	return g.labels - 1
}

// emit writes one statement.
func (g *generator) emit(t test, do *api.Actions) {
	if g.dead || g.full {
		return
	}
	if len(g.out) >= maxStatements {
		g.full = true
		g.refuse("its chain needs more than %d statements", maxStatements)
		return
	}
	if len(g.pending) > 0 {
		t.without = append([]string{jumpMarks}, t.without...)
	}
	if len(t.without) > 0 {
		t.large = &api.MatchSet{Type: api.MatchSet_TYPE_INVERT, Name: g.named(api.DefinedType_DEFINED_TYPE_LARGE_COMMUNITY, t.without)}
	}
	s := &statement{on: t, do: do, label: "of every policy"}
	if g.term != nil {
		s.label = g.policy.Name + "/" + g.term.Label()
	}
	g.out = append(g.out, s)
}

// jump sends the routes that pass the test to the label, after the actions, which must leave large communities alone.
func (g *generator) jump(t test, do *api.Actions, to label) {
	if g.dead {
		return
	}
	if do == nil {
		do = &api.Actions{}
	}
	if to == reject {
		g.emit(t, &api.Actions{RouteAction: api.RouteAction_ROUTE_ACTION_REJECT})
		return
	}
	do.LargeCommunity = add(mark(ofJump, uint32(to)))
	g.emit(t, do)
	g.out[len(g.out)-1].to = to
	g.pending[to]++
}

// always sends all routes to the label.
func (g *generator) always(to label, do *api.Actions) {
	if g.dead {
		return
	}
	g.jump(test{}, do, to)
	g.dead, g.bare = true, do == nil && to != reject
}

// place makes the next statement the one that jumps to the label lead to.
func (g *generator) place(l label) {
	if g.pending[l] == 0 {
		return
	}
	if g.bare && g.dead && g.out[len(g.out)-1].to == l { // the jump leads right here
		g.out = g.out[:len(g.out)-1]
		g.pending[l]--
	}
	g.dead, g.bare = false, false
	left := g.pending[l]
	delete(g.pending, l)
	if left == 0 {
		return
	}
	m := exactly(mark(ofJump, uint32(l)))
	pending := g.pending
	g.pending = nil // this one statement is for marked routes
	g.emit(test{large: g.large(m)}, &api.Actions{LargeCommunity: remove(m)})
	g.pending = pending
}

// refuse notes that GoBGP cannot express something of the term at hand.
func (g *generator) refuse(format string, args ...any) {
	kind := map[bool]string{true: "eBGP", false: "iBGP"}[g.session.external()]
	p := place.Problem{Pos: g.policy.Pos}
	where := "policy " + g.policy.Name
	if g.term != nil {
		p.Pos, where = g.term.Pos, where+" term "+g.term.Label()
	}
	p.Text = fmt.Sprintf("%s, %s over %s: GoBGP: %s", where, g.dir, kind, fmt.Sprintf(format, args...))
	if !slices.Contains(*g.problems, p) {
		*g.problems = append(*g.problems, p)
	}
}

func (g *generator) large(regex ...string) *api.MatchSet {
	return &api.MatchSet{Type: api.MatchSet_TYPE_ANY, Name: g.named(api.DefinedType_DEFINED_TYPE_LARGE_COMMUNITY, regex)}
}

func (g *generator) community(typ api.MatchSet_Type, regex ...string) *api.MatchSet {
	return &api.MatchSet{Type: typ, Name: g.named(api.DefinedType_DEFINED_TYPE_COMMUNITY, regex)}
}

func add(cs ...policy.Community) *api.CommunityAction {
	a := &api.CommunityAction{Type: api.CommunityAction_TYPE_ADD}
	for _, c := range cs {
		a.Communities = append(a.Communities, c.Text())
	}
	return a
}

func remove(regex ...string) *api.CommunityAction {
	return &api.CommunityAction{Type: api.CommunityAction_TYPE_REMOVE, Communities: regex}
}
