package junos

import (
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
)

// idleFamily are the statements of a unicast family that do not choose or change the routes of its table: limits, labels,
// tunnels, backup paths, and copies for other tables.
var idleFamily = map[string]bool{
	"accept-srv6-service": true, "accepted-prefix-limit": true, "advertise-srv6-service": true, "aggregate-label": true, "damping": true,
	"egress-protection": true, "extended-nexthop": true, "extended-nexthop-color": true, "extended-nexthop-tunnel": true,
	"graceful-restart": true, "local-ipv4-address": true, "maximum-prefixes": true, "no-aggregator-id": true, "output-queue-priority": true,
	"prefix-limit": true, "protection": true, "rib-group": true, "route-refresh-priority": true, "topology": true,
	"traffic-statistics": true, "withdraw-priority": true,
}

// families reads `family inet { unicast; }`. Families other than IPv4 and IPv6 unicast carry none of the
// model's routes; what they hold is passed over.
func (r *reader) families(n *conf.Node) []string {
	var out []string
	for _, s := range n.Leaves() {
		w := s.Words
		name := strings.Join(w[:min(len(w), 2)], " ")
		unicast := len(w) > 1 && (w[1] == "unicast" || w[1] == "any") && (w[0] == "inet" || w[0] == "inet6")
		switch {
		case unicast && len(w) > 2 && !idleFamily[w[2]]:
			r.problem(s.Pos, "family %s is not modelled and could change routes", strings.Join(w, " "))
		case !unicast || len(w) > 2:
			r.pass(s.Pos, "family "+strings.Join(w, " "))
		}
		if unicast {
			name = w[0] + " unicast"
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
