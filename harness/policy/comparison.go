package policy

import "fmt"

// comparison is one group of prefixes evaluated by both chains.
type comparison struct {
	*differ
	*space
	group    *group
	attrs    [2]*attributes
	byAttr   [attributeCount]ref // routes for which the attribute differs
	possible ref                 // routes that there can be
}

// differing returns the routes that the chains treat differently.
func (x *comparison) differing(outcomes [2][]outcome) ref {
	var accepted [2]ref
	for i, os := range outcomes {
		for _, o := range os {
			if o.decision == Accept {
				accepted[i] = x.or(accepted[i], o.when)
			}
		}
	}
	anyAttr := no
	for _, r := range x.byAttr {
		anyAttr = x.or(anyAttr, r)
	}
	differ := x.ite(accepted[0], x.ite(accepted[1], anyAttr, yes), accepted[1])
	return x.and(differ, x.possible)
}

// pair finds the classes of the routes that b decided before and a decides after, b being cut down to
// those that are treated differently.
func (x *comparison) pair(b, a outcome) {
	region := x.and(b.when, a.when)
	for region != no && !x.full {
		w, result := x.solve(region, x.group.cells[0].witness)
		if result == none {
			return
		}
		if result == tooLong {
			x.giveUp(x.group, fmt.Sprintf("no AS path was found for routes that %s and %s would take", b.by(), a.by()))
			return
		}
		c := Class{
			Witness: w,
			Before:  Apply(x.before, w.Route, w.Env(x.differ.dir)),
			After:   Apply(x.after, w.Route, w.Env(x.differ.dir)),
		}
		if !b.made(c.Before) || !a.made(c.After) {
			x.giveUp(x.group, fmt.Sprintf("%s was expected to be decided by %s and %s but was not", w.Route, b.by(), a.by()))
			return
		}
		part := x.describe(&c, region)
		if part == no {
			x.giveUp(x.group, fmt.Sprintf("%s was expected to differ between %s and %s but does not", w.Route, b.by(), a.by()))
			return
		}
		x.add(c, x.group)
		region = x.without(region, part)
	}
}

// describe fills in what differs for the witness, and returns the part of the region that differs in the same.
func (x *comparison) describe(c *Class, region ref) ref {
	defer func() { c.Conditions = x.conditions(region, x.and(x.possible, x.lemmas)) }()
	if c.Before.Decision != c.After.Decision {
		c.Kind = DecisionDiffers
		c.Changes = []Change{{Attribute: "decision", Before: c.Before.Decision.String(), After: c.After.Decision.String()}}
		return region
	}
	c.Kind = CommunitiesDiffer
	for attr := range attributeCount {
		before, after := attr.of(&c.Before.Route), attr.of(&c.After.Route)
		if before == after {
			region = x.without(region, x.byAttr[attr])
			continue
		}
		region = x.and(region, x.byAttr[attr])
		if attr != communitiesAttr {
			c.Kind = AttributesDiffer
		}
		c.Changes = append(c.Changes, Change{Attribute: attr.String(), Before: before, After: after})
	}
	if len(c.Changes) == 0 {
		return no
	}
	if c.Changes[0].Attribute == communitiesAttr.String() {
		c.Changes[0].Added, c.Changes[0].Removed = x.gained(region, 0, 1), x.gained(region, 1, 0)
	}
	return region
}

// gained returns the communities that some route of the region has under one chain and not under the other.
func (x *comparison) gained(region ref, without, with int) Communities {
	var out []Community
	for id, class := range x.space.classes.list {
		if x.attrs[without].communities[id] == x.attrs[with].communities[id] {
			continue
		}
		lacks, has := x.attrs[without].community(x.space, id), x.attrs[with].community(x.space, id)
		if x.and(region, x.without(has, lacks)) != no {
			out = append(out, class.witness)
		}
	}
	return CommunitySet(out...)
}

// made reports whether Apply came to this outcome.
func (o outcome) made(r Result) bool {
	return o.decision == r.Decision && o.policy == r.Policy && o.term == r.Term
}

func (o outcome) by() string {
	return Result{Decision: o.decision, Policy: o.policy, Term: o.term}.By()
}
