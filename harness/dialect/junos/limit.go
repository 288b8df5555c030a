package junos

import (
	"strconv"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
)

// Limit is how many routes of a family a session may bring before the router tears it down, or drops or hides the rest. The zero value is
// any number: without teardown, drop-excess or hide-excess Junos only logs.
type Limit struct {
	Routes   int
	Rejected bool // those that the import policy rejects count, too
}

// limits reads prefix-limit, which counts all routes, and accepted-prefix-limit of the unicast families, IPv4 and IPv6. Where both are given
// it returns one that is at most as wide as either.
func (r *reader) limits(n *conf.Node) [2]Limit {
	var out [2]Limit
	for i, family := range []string{"inet", "inet6"} {
		for _, kind := range []string{"prefix-limit", "accepted-prefix-limit"} {
			most, acts := 0, false
			for _, s := range n.Leaves() {
				w := s.Words
				if len(w) < 4 || w[0] != family || w[1] != "unicast" && w[1] != "any" || w[2] != kind {
					continue
				}
				switch w[3] {
				case "maximum":
					number := ""
					if len(w) > 4 {
						number = w[4]
					}
					v, err := strconv.ParseUint(number, 10, 32)
					if err != nil || v == 0 {
						r.refuse(s.Pos, "%s maximum %s: want a number of routes from 1 to 4294967295", kind, number)
					}
					most = int(v)
				case "teardown", "tear-down", "drop-excess", "hide-excess":
					acts = true
				}
			}
			if was := out[i]; acts && most > 0 {
				out[i].Rejected = was.Rejected || kind == "prefix-limit"
				if was.Routes == 0 || most < was.Routes {
					out[i].Routes = most
				}
			}
		}
	}
	return out
}
