package routemap

import (
	"fmt"

	"github.com/closlab/closlab/harness/policy"
)

// enterImport drops marks that come from outside, and gives routes from eBGP what the model says they have (RFC 4271 section 5.1.5 leaves the
// local preference to the router).
func (g *generator) enterImport() {
	strip := entry{set: []string{"large-comm-list " + g.largeRegex("MARKS", allow(marks())) + " delete"}}
	g.emit(strip)
	if g.session.external() {
		g.emit(entry{set: []string{"large-community " + mark(ofExternal, 0).Text() + " additive", "local-preference 100"}})
	}
}

// leaveImport changes the disguised communities into marks and accepts.
func (g *generator) leaveImport() {
	for _, c := range disguised {
		m, _ := held(c)
		list := g.standard("", []policy.Community{c})
		g.emit(entry{match: []string{"community " + list}, set: []string{"comm-list " + list + " delete", "large-community " + m.Text() + " additive"}})
	}
	g.emit(entry{to: done})
}

// passed returns the list that keeps routes from an AS that they have passed. It is asked before the route-map, so that all neighbours can
// share one.
func (l *lists) passed(as uint32) string {
	return l.list("bgp as-path access-list", "PASSED", []row{{true, fmt.Sprintf("_%d_", as)}, allow(".*")})
}

// enterExport notes the keeping communities that a route enters the policy with, if the policy might change them.
func (g *generator) enterExport(chain policy.Chain) {
	if !touches(chain) {
		return
	}
	for i, c := range keeping {
		m, _ := held(c)
		g.emit(entry{match: []string{"large-community " + g.largeStandard("", m)}, set: []string{"large-community " + mark(ofEntered, uint32(i)).Text() + " additive"}})
	}
}

// leaveExport rejects what a keeping community keeps from the peer (what entered with it and still has it), gives the others
// theirs back, takes the marks off, and accepts.
func (g *generator) leaveExport(chain policy.Chain) {
	for i, c := range disguised {
		m, _ := held(c)
		keeps := i < len(keeping) && !g.session.SendsAll && (c == policy.NoAdvertise || g.session.external())
		switch entered := mark(ofEntered, uint32(i)); {
		case keeps && touches(chain):
			g.emit(entry{deny: true, match: []string{"large-community " + g.largeStandard("", entered, m)}})
			g.emit(entry{deny: true, match: []string{"large-community " + g.largeStandard("", entered), "community " + g.standard("", []policy.Community{c})}})
		case keeps:
			g.emit(entry{deny: true, match: []string{"large-community " + g.largeStandard("", m)}})
		default:
			g.emit(entry{match: []string{"large-community " + g.largeStandard("", m)}, set: []string{"community " + wordOf(c) + " additive"}})
		}
	}
	g.emit(entry{set: []string{"large-comm-list " + g.largeRegex("MARKS", allow(marks())) + " delete"}, to: done})
}

// touches reports whether some term of the chain changes communities.
func touches(chain policy.Chain) bool {
	for _, p := range chain.Policies() {
		for _, t := range p.Terms {
			for _, a := range t.Then {
				if _, ok := a.(*policy.SetCommunity); ok {
					return true
				}
			}
		}
	}
	return false
}
