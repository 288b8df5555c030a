package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Difference is every way in which two chains treat some route differently.
type Difference struct {
	Classes   []Class
	Undecided []string // what could not be compared, in words; Classes is complete only if there is none
}

// None reports that no route at all is treated differently. It is false if anything is undecided.
func (d *Difference) None() bool { return len(d.Classes) == 0 && len(d.Undecided) == 0 }

// OnlyCommunities reports that the chains accept the same routes and differ in nothing but the
// communities of some of them. It is false if they do not differ or if anything is undecided.
func (d *Difference) OnlyCommunities() bool {
	return len(d.Classes) > 0 && len(d.Undecided) == 0 &&
		!slices.ContainsFunc(d.Classes, func(c Class) bool { return c.Kind != CommunitiesDiffer })
}

// SameDecisions reports that the chains accept the same routes. It is false if anything is undecided.
func (d *Difference) SameDecisions() bool {
	return len(d.Undecided) == 0 &&
		!slices.ContainsFunc(d.Classes, func(c Class) bool { return c.Kind == DecisionDiffers })
}

// Kind is what differs in a class of routes.
type Kind uint8

// The kinds, worst first.
const (
	DecisionDiffers   Kind = iota // one chain accepts, the other rejects
	AttributesDiffer              // both accept, with other attributes
	CommunitiesDiffer             // both accept, with other communities and nothing else
)

func (k Kind) String() string {
	return [...]string{"decision", "attributes", "communities"}[k]
}

// Class is all routes that are decided by the same pair of terms and differ in the same attributes.
type Class struct {
	Kind          Kind
	Witness       Witness // one route of the class, on which Apply gave Before and After
	Before, After Result
	Changes       []Change      // what differs, the decision first
	Prefixes      []PrefixRange // hold every prefix of the class; parts of them that a policy names can be in other classes
	More          int           // how many more ranges there are than Prefixes lists
	Conditions    []string      // one of these holds for each route of the class; none if its prefix is all that matters
}

// String returns the class on one line:
// "192.0.2.0/24: accept (term A) -> reject (term B); with community 64500:1".
func (c Class) String() string {
	var b strings.Builder
	for i, p := range c.Prefixes {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.String())
	}
	if c.More > 0 {
		fmt.Fprintf(&b, " and %d more", c.More)
	}
	fmt.Fprintf(&b, ": %s -> %s", c.Before.By(), c.After.By())
	for _, ch := range c.Changes {
		if ch.Attribute != "decision" {
			b.WriteString("; " + ch.String())
		}
	}
	if len(c.Conditions) > 0 {
		b.WriteString("; " + strings.Join(c.Conditions, ", or "))
	}
	return b.String()
}

// By returns the decision and who took it: "accept (POLICY term A)", "reject (default)".
func (r Result) By() string {
	switch {
	case r.Policy == nil:
		return fmt.Sprintf("%s (default)", r.Decision)
	case r.Term == nil:
		return fmt.Sprintf("%s (%s, no term)", r.Decision, r.Policy.Name)
	}
	return fmt.Sprintf("%s (%s term %s)", r.Decision, r.Policy.Name, r.Term.Label())
}

// Change is one thing that differs. Before and After are those of the witness; Added and Removed
// are the communities that some route of the class has only after, or only before.
type Change struct {
	Attribute      string // decision, communities, as-path, origin, next-hop, local-preference, metric, tag, preference
	Before, After  string
	Added, Removed Communities
}

func (c Change) String() string {
	if c.Attribute != "communities" {
		return fmt.Sprintf("%s %s -> %s", c.Attribute, c.Before, c.After)
	}
	var s []string
	if len(c.Added) > 0 {
		s = append(s, fmt.Sprintf("communities added %v", []Community(c.Added)))
	}
	if len(c.Removed) > 0 {
		s = append(s, fmt.Sprintf("communities removed %v", []Community(c.Removed)))
	}
	return strings.Join(s, "; ")
}

// Witness is a route and the surroundings in which a chain meets it.
type Witness struct {
	Route  Route
	Peer   netip.Addr     // of the session; invalid if it does not matter
	Exists []netip.Prefix // what the router's table must hold for conditions; nothing else that a condition asks for
}

// Env returns the environment to give to Apply.
func (w Witness) Env(dir Direction) Env {
	return Env{Direction: dir, Peer: w.Peer, Exists: func(p netip.Prefix) bool { return slices.Contains(w.Exists, p) }}
}

// Changes returns the attributes that another version of the route differs in, in the order of Class.Changes.
func (r Route) Changes(now Route) []Change {
	var out []Change
	for attr := range attributeCount {
		before, after := attr.of(&r), attr.of(&now)
		if before == after {
			continue
		}
		c := Change{Attribute: attr.String(), Before: before, After: after}
		if attr == communitiesAttr {
			c.Added, c.Removed = now.Communities.Without(r.Communities.Has), r.Communities.Without(now.Communities.Has)
		}
		out = append(out, c)
	}
	return out
}
