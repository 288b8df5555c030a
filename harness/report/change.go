package report

import (
	"fmt"
	"io"

	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Changes writes what a candidate does to each pair of chains, in words. With verbose it shows a witness route and its
// way through both chains for every class.
func Changes(w io.Writer, changes []*gate.Change, verbose bool) {
	for _, c := range changes {
		from, to := ends(sessions(c))
		d := &c.Difference
		fmt.Fprintf(w, "  %s %s of %s toward %s: %s\n", c.Direction, c.After, list(from), list(to), summary(d))
		for _, cl := range d.Classes {
			fmt.Fprintf(w, "    %s\n", cl)
			if verbose {
				fmt.Fprintf(w, "      for example %s\n", cl.Witness.Route)
				fmt.Fprintf(w, "      before: %s%s\n", cl.Before.By(), at(cl.Before))
				fmt.Fprintf(w, "      now:    %s%s\n", cl.After.By(), at(cl.After))
			}
		}
		for _, u := range d.Undecided {
			fmt.Fprintf(w, "    undecided: %s\n", u)
		}
	}
}

// summary says in a few words how far the difference goes.
func summary(d *policy.Difference) string {
	switch {
	case d.OnlyCommunities():
		return "only communities change"
	case len(d.Undecided) > 0:
		return "not fully compared"
	case d.SameDecisions():
		return "the same routes are accepted, with other attributes"
	}
	return "other routes are accepted"
}

func at(r policy.Result) string {
	if r.Term == nil || r.Term.Pos == (place.Pos{}) {
		return ""
	}
	return " at " + r.Term.Pos.String()
}
