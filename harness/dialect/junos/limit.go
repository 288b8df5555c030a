package junos

import (
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
)

// Limit is how many routes of a family a session may bring before the router tears it down, or drops or hides the rest. The zero value is
// any number: without teardown, drop-excess or hide-excess Junos only logs.
type Limit struct {
	Routes   int
	Rejected bool // those that the import policy rejects count, too
}

// limits reads what limits the unicast families, IPv4 and IPv6. Of prefix-limit, which counts all routes, and accepted-prefix-limit it returns
// one that is at most as wide as either.
func (r *reader) limits(n *conf.Node) [2]Limit {
	var out [2]Limit
	for i, family := range []string{"inet", "inet6"} {
		all, accepted := r.limit(n, family, "prefix-limit"), r.limit(n, family, "accepted-prefix-limit")
		out[i] = Limit{Routes: all, Rejected: all > 0}
		if all == 0 || accepted > 0 && accepted < all {
			out[i].Routes = accepted
		}
	}
	return out
}

// limit returns how many routes a limit of that kind lets through, 0 for any number.
func (r *reader) limit(n *conf.Node, family, kind string) int {
	most, acts := 0, false
	for _, s := range n.Leaves() {
		w := s.Words
		if len(w) < 4 || w[0] != family || w[1] != "unicast" && w[1] != "any" || w[2] != kind {
			continue
		}
		switch w[3] {
		case "maximum":
			number := strings.Join(w[4:], " ")
			v, err := strconv.ParseUint(number, 10, 32)
			if err != nil || v == 0 {
				r.refuse(s.Pos, "%s maximum %s: want a number of routes from 1 to 4294967295", kind, number)
			}
			most = int(v)
		case "teardown", "tear-down", "drop-excess", "hide-excess":
			acts = true
		}
	}
	if !acts {
		return 0
	}
	return most
}
