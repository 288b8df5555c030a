package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Change writes what a candidate does to one pair of chains, in words: the extent on one line and, with detail, every class of
// routes with an example and its way through both chains.
func Change(w io.Writer, c *gate.Change, detail bool) {
	from, to := ends(sessions(c))
	d := &c.Difference
	fmt.Fprintf(w, "  %s %s of %s toward %s: %s\n", c.Direction, chain(c), list(from), list(to), summary(d))
	for _, cl := range d.Classes {
		if !detail {
			continue
		}
		fmt.Fprintf(w, "    %s\n", prefixesOf(cl))
		for _, ch := range cl.Changes {
			fmt.Fprintf(w, "      %s\n", ch)
		}
		if when := conditions(cl); len(when) > 0 {
			fmt.Fprintf(w, "      if %s\n", strings.Join(when, ", or "))
		}
		if cl.Kind == policy.DecisionDiffers {
			fmt.Fprintf(w, "      %s\n", c.Explain(cl).What)
		}
		fmt.Fprintf(w, "      for example %s\n", cl.Witness.Route)
		fmt.Fprintf(w, "        before: %s%s\n", cl.Before.By(), at(cl.Before))
		fmt.Fprintf(w, "        now:    %s%s\n", cl.After.By(), at(cl.After))
	}
	for _, u := range d.Undecided {
		fmt.Fprintf(w, "    undecided: %s\n", u)
	}
}

// chain names the policies of a change as they are with the candidate.
func chain(c *gate.Change) string {
	if len(c.After) == 0 {
		return fmt.Sprintf("without a policy (it was %s)", c.Before)
	}
	return c.After.String()
}

// conditions are those of a class but for what goes without saying: a community that is added was not there before.
func conditions(cl policy.Class) []string {
	obvious := map[string]bool{}
	for _, ch := range cl.Changes {
		for _, c := range ch.Added {
			obvious["without community "+c.String()] = true
		}
		for _, c := range ch.Removed {
			obvious["with community "+c.String()] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(cl.Conditions), func(s string) bool { return obvious[s] })
}

// prefixesOf lists the prefixes of a class.
func prefixesOf(cl policy.Class) string {
	s := list(cl.Prefixes)
	if cl.More > 0 {
		s += fmt.Sprintf(" and %d more ranges", cl.More)
	}
	return s
}

// summary says in a few words how far the difference goes.
func summary(d *policy.Difference) string {
	switch {
	case d.OnlyCommunities() && wellKnown(d):
		return "only communities change, among them some that keep routes from peers"
	case d.OnlyCommunities():
		return "only communities change"
	case len(d.Undecided) > 0:
		return "not fully compared"
	case d.SameDecisions():
		return "the same routes are accepted, with other attributes"
	}
	more, fewer := false, false
	for _, cl := range d.Classes {
		more = more || cl.Kind == policy.DecisionDiffers && cl.After.Decision == policy.Accept
		fewer = fewer || cl.Kind == policy.DecisionDiffers && cl.After.Decision == policy.Reject
	}
	switch {
	case !more:
		return "fewer routes are accepted"
	case !fewer:
		return "more routes are accepted"
	}
	return "other routes are accepted"
}

// wellKnown reports whether a community that BGP itself acts on comes or goes.
func wellKnown(d *policy.Difference) bool {
	return slices.ContainsFunc(d.Classes, func(cl policy.Class) bool {
		return slices.ContainsFunc(cl.Changes, func(ch policy.Change) bool {
			return slices.ContainsFunc(slices.Concat(ch.Added, ch.Removed), func(c policy.Community) bool {
				return c == policy.NoExport || c == policy.NoAdvertise || c == policy.NoExportSubconfed
			})
		})
	})
}

func at(r policy.Result) string {
	if r.Term == nil || r.Term.Pos == (place.Pos{}) {
		return ""
	}
	return " at " + r.Term.Pos.String()
}
