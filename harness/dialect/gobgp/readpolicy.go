package gobgp

import (
	"fmt"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// definition is a policy-definition. It is read once for each direction: GoBGP's exports run on paths that carry the own AS already.
type definition struct {
	name string
	node *node
	used bool // in an apply-policy that GoBGP follows, or bound from outside
	read [2]*reading
}

// reading is a policy as one direction runs it, or what keeps it from being read.
type reading struct {
	policy   *policy.Policy
	problems place.Problems
}

func (r *reader) policyDefinitions(n *node) {
	statements := map[string]bool{}
	for _, d := range r.items(n) {
		m := r.mapping(d)
		name := r.word(m["name"])
		switch {
		case name == "":
			r.refuse(d, "policy definition without a name")
			continue
		case r.definitions[name] != nil:
			r.refuse(d, "policy %s is defined twice: GoBGP takes no policy at all then", name)
			continue
		}
		r.definitions[name] = &definition{name: name, node: d}
		r.inOrder = append(r.inOrder, r.definitions[name])
		for i, s := range r.items(m["statements"]) {
			name := r.statementName(name, i, s)
			if statements[name] {
				r.refuse(s, "statement %s is there twice: GoBGP takes no policy at all then", name)
			}
			statements[name] = true
		}
		for _, dir := range []policy.Direction{policy.Import, policy.Export} {
			r.reading(r.definitions[name], dir)
		}
	}
}

// statementName returns the name of a statement; GoBGP names those that have none.
func (r *reader) statementName(policy string, i int, n *node) string {
	if name := r.word(r.mapping(n)["name"]); name != "" {
		return name
	}
	return fmt.Sprintf("%s_stmt%d", policy, i)
}

// reading returns a policy as one direction runs it.
func (r *reader) reading(d *definition, dir policy.Direction) *reading {
	if d.read[dir] != nil {
		return d.read[dir]
	}
	m := r.mapping(d.node, "name", "statements")
	out := &reading{policy: &policy.Policy{Name: d.name, Pos: r.pos(m["name"])}}
	d.read[dir] = out
	now, where := r.now, r.where
	r.now, r.exported = &out.problems, dir == policy.Export
	for i, s := range r.items(m["statements"]) {
		t := &policy.Term{Name: r.statementName(d.name, i, s), Pos: r.pos(s)}
		r.where = "policy " + d.name + " statement " + t.Name
		f := r.mapping(s, "name", "conditions", "actions")
		if f["name"] != nil {
			t.Pos = r.pos(f["name"])
		}
		t.From = r.conditions(f["conditions"])
		r.actions(f["actions"], t)
		out.policy.Terms = append(out.policy.Terms, t)
	}
	r.now, r.where = now, where
	return out
}
