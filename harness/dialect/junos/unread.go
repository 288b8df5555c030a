package junos

import (
	"slices"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Unread is a policy statement or another definition of policy-options that cannot be read: it is wrong, or says something
// that could change a decision and is not modelled, or uses a definition that cannot be read. That is an error for whoever
// runs it, be it by Config.Chain or by an import or export statement of protocols bgp, and a warning of Lint.
type Unread struct {
	Definition
	Problems place.Problems // why; never empty
}

// key names a definition by its statement and its name.
type key struct{ kind, name string }

func (k key) String() string { return k.kind + " " + k.name }

// reading is how the reading of one definition went.
type reading struct {
	problems    place.Problems
	uses        []key // the definitions it names, each once
	named       map[key]bool
	unread      bool // it or something that it uses, however far, has problems
	conditional bool // it or something that it uses is a condition
}

// attempt reads a definition and keeps its problems to it.
func (r *reader) attempt(k key, read func()) {
	g := r.cfg.readings[k]
	if g == nil {
		g = &reading{named: map[key]bool{}}
		r.cfg.readings[k] = g
	}
	outer, problems := r.now, r.ps
	r.now, r.ps = g, nil
	read()
	g.problems = append(g.problems, r.ps...)
	r.now, r.ps = outer, problems
}

// use notes that what is being read names a definition. Where nothing is being read but a chain, the problems of the
// definition are the chain's.
func (r *reader) use(k key) {
	switch {
	case r.now == nil:
		r.ps = append(r.ps, r.cfg.why(k)...)
	case !r.now.named[k]:
		r.now.named[k] = true
		r.now.uses = append(r.now.uses, k)
	}
}

// why returns the problems of a definition and of all that it uses, if it cannot be read.
func (c *Config) why(k key) place.Problems {
	var out place.Problems
	seen := map[key]bool{}
	var visit func(key)
	visit = func(k key) {
		g := c.readings[k]
		if g == nil || !g.unread || seen[k] {
			return
		}
		seen[k] = true
		out = append(out, g.problems...)
		for _, u := range g.uses {
			visit(u)
		}
	}
	visit(k)
	return out
}

// setAside takes the policies that cannot be read out of the configuration.
func (r *reader) setAside() {
	r.refuseRecursion()
	usedBy := map[key][]key{}
	var wrong, conditions []key
	for k, g := range r.cfg.readings {
		for _, u := range g.uses {
			usedBy[u] = append(usedBy[u], k)
		}
		if len(g.problems) > 0 {
			wrong = append(wrong, k)
		}
		if k.kind == "condition" {
			conditions = append(conditions, k)
		}
	}
	r.cfg.flood(wrong, usedBy, func(g *reading) *bool { return &g.unread })
	r.cfg.flood(conditions, usedBy, func(g *reading) *bool { return &g.conditional })
	r.cfg.Policies = slices.DeleteFunc(r.cfg.Policies, func(p *policy.Policy) bool {
		return r.cfg.readings[key{"policy-statement", p.Name}].unread
	})
	for _, d := range r.cfg.Definitions {
		g := r.cfg.readings[key{d.Kind, d.Name}]
		if !g.unread {
			continue
		}
		u := Unread{Definition: d}
		u.Problems.Add(d.Pos, g.problems.Err())
		for _, x := range g.uses {
			if used := r.cfg.readings[x]; used != nil && used.unread && len(g.problems) == 0 {
				u.Problems.Addf(d.Pos, "%s: it uses %s, which cannot be read", key{d.Kind, d.Name}, x)
			}
		}
		r.cfg.Unread = append(r.cfg.Unread, u)
	}
}

// flood sets a mark on the readings of the keys and of all that uses them, however far.
func (c *Config) flood(from []key, usedBy map[key][]key, mark func(*reading) *bool) {
	for ; len(from) > 0; from = from[1:] {
		if g := c.readings[from[0]]; !*mark(g) {
			*mark(g) = true
			from = append(from, usedBy[from[0]]...)
		}
	}
}

// refuseRecursion reports every policy that calls itself, which Junos refuses to commit.
func (r *reader) refuseRecursion() {
	const visiting, done = 1, 2
	state := map[*policy.Policy]int{}
	var visit func(*policy.Policy)
	visit = func(p *policy.Policy) {
		state[p] = visiting
		for _, t := range p.Terms {
			for _, callee := range called(t) {
				switch state[callee] {
				case visiting:
					r.refuse(t.Pos, "policy %s %s calls policy %s, which calls it back: break the circle", p.Name, title(t), callee.Name)
				case 0:
					visit(callee)
				}
			}
		}
		state[p] = done
	}
	for _, p := range r.cfg.Policies {
		if state[p] == 0 {
			visit(p)
		}
	}
}

// called returns the policies that the term names as subroutines.
func called(t *policy.Term) []*policy.Policy {
	var out []*policy.Policy
	var walk func([]policy.Expr)
	walk = func(es []policy.Expr) {
		for _, e := range es {
			if e.Op == policy.Call && e.Policy != nil {
				out = append(out, e.Policy)
			}
			walk(e.Args)
		}
	}
	for _, m := range t.From {
		if sub, ok := m.(*policy.MatchPolicy); ok {
			walk(sub.Chain)
		}
	}
	return out
}
