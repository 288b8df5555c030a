package ere

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/closlab/closlab/harness/policy"
)

// Names are the well-known communities, by the names that FRR gives them in the text that expressions see (bgpd/bgp_community.c).
var Names = map[string]policy.Community{
	"internet": policy.Std(0, 0), "graceful-shutdown": policy.GracefulShutdown, "accept-own": policy.Std(65535, 1),
	"route-filter-translated-v4": policy.Std(65535, 2), "route-filter-v4": policy.Std(65535, 3),
	"route-filter-translated-v6": policy.Std(65535, 4), "route-filter-v6": policy.Std(65535, 5),
	"llgr-stale": policy.LLGRStale, "no-llgr": policy.NoLLGR, "accept-own-nexthop": policy.Std(65535, 8),
	"blackhole": policy.Blackhole, "no-export": policy.NoExport, "no-advertise": policy.NoAdvertise,
	"local-AS": policy.NoExportSubconfed, "no-peer": policy.NoPeer,
}

// Entry is one line of a list whose first match decides.
type Entry struct {
	Permit bool
	Expr   *Expr
}

// What follows is large and made when it is first used: routers run this program, too, and have no use for it.
var (
	// shapes are the texts of communities in numbers.
	shapes = sync.OnceValue(func() map[policy.CommunityKind]*Expr {
		return map[policy.CommunityKind]*Expr{policy.Standard: mustParse("^[0-9]+:[0-9]+$"), policy.Large: mustParse("^[0-9]+:[0-9]+:[0-9]+$")}
	})
	// named matches the numbers of communities that have a name, and names the names.
	named = sync.OnceValue(func() *Expr {
		var numbers []string
		for _, c := range Names {
			numbers = append(numbers, c.Text())
		}
		return anyOf(numbers)
	})
	names = sync.OnceValue(func() *Expr { return anyOf(slices.Collect(maps.Keys(Names))) })
)

// anyOf matches the texts, which have nothing that means more than itself.
func anyOf(texts []string) *Expr { return mustParse("^(" + strings.Join(texts, "|") + ")$") }

func mustParse(text string) *Expr {
	e, err := Parse(text)
	if err != nil {
		panic(err) // fixed
	}
	return e
}

// First returns the communities of the kind, each taken by itself, whose first match in the list permits: literals for those with a
// name, and one expression for the others. The text is what the expression is shown as.
func First(kind policy.CommunityKind, list []Entry, text string) ([]policy.CommunityPattern, error) {
	ms := []*machine{shapes()[kind].machine, named().machine}
	for _, e := range list {
		ms = append(ms, e.Expr.machine)
	}
	var out []policy.CommunityPattern
	for name, c := range Names {
		for _, e := range list {
			if kind == policy.Standard && e.Expr.Matches(name) {
				if e.Permit {
					out = append(out, policy.CommunityPattern{Literal: c})
				}
				break
			}
		}
	}
	out = sorted(out)
	g, err := product(func(in []bool) bool {
		if !in[0] || in[1] && kind == policy.Standard {
			return false
		}
		for i, e := range list {
			if in[2+i] {
				return e.Permit
			}
		}
		return false
	}, ms...)
	if err != nil {
		return nil, fmt.Errorf("regular expression %q: %w", text, err)
	}
	if !g.alive()[0] {
		return out, nil
	}
	r, err := g.regex(text)
	if err != nil {
		return nil, fmt.Errorf("regular expression %q: %w", text, err)
	}
	return append(out, policy.CommunityPattern{Literal: policy.Community{Kind: kind}, Regex: r}), nil
}

func sorted(ps []policy.CommunityPattern) []policy.CommunityPattern {
	var set []policy.Community
	for _, p := range ps {
		set = append(set, p.Literal)
	}
	out := make([]policy.CommunityPattern, 0, len(ps))
	for _, c := range policy.CommunitySet(set...) {
		out = append(out, policy.CommunityPattern{Literal: c})
	}
	return out
}

// Except returns the communities of the kind that are none of those given.
func Except(kind policy.CommunityKind, these policy.Communities) (policy.CommunityPattern, error) {
	var texts []string
	for _, c := range these {
		texts = append(texts, c.Text())
	}
	text := "any other"
	g, err := product(func(in []bool) bool { return in[0] && !(len(texts) > 0 && in[1]) },
		shapes()[kind].machine, anyOf(texts).machine)
	if err != nil {
		return policy.CommunityPattern{}, err
	}
	r, err := g.regex(text)
	return policy.CommunityPattern{Literal: policy.Community{Kind: kind}, Regex: r}, err
}

// product returns the texts of digits and colons for which the answers of the machines pass.
func product(pass func([]bool) bool, ms ...*machine) (*graph, error) {
	g := &graph{}
	ids := map[string]int{}
	var states [][]int32
	number := func(s []int32) int {
		key := fmt.Sprint(s)
		if _, ok := ids[key]; !ok {
			ids[key] = len(states)
			states = append(states, s)
			g.edges = append(g.edges, nil)
			in := make([]bool, len(ms))
			for k, m := range ms {
				in[k] = m.accept[s[k]]
			}
			g.accept = append(g.accept, pass(in))
		}
		return ids[key]
	}
	number(make([]int32, len(ms)))
	for i := 0; i < len(states); i++ {
		if len(states) > 4*maxStates {
			return nil, errors.New("too many cases")
		}
		for c := uint32('0'); c <= ':'; c++ { // the bytes of communities in numbers
			next := make([]int32, len(ms))
			for k, m := range ms {
				next[k] = m.next[states[i][k]][c]
			}
			to := number(next)
			es := g.edges[i]
			if n := len(es) - 1; n >= 0 && es[n].to == to {
				es[n].hi = c
			} else {
				g.edges[i] = append(es, edge{c, c, to})
			}
		}
	}
	return g, nil
}
