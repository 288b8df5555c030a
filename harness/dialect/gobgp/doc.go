// Package gobgp translates routing policy between closlab's model and GoBGP v4.8.0.
//
// Compile turns the chains of a router's sessions into GoBGP's defined sets and statements. GoBGP has one import and
// one export policy for all its neighbours, and statements that fall through or end everything; it has no jumps. So every statement carries
// a neighbor set and an address family, and a jump (next policy, a failed condition, the verdict of a subroutine) is a
// mark: a large community of the reserved AS number 4294967295 (RFC 7300) that the statements in between require to be absent and that
// the statement jumped to takes off again. A term whose conditions and actions GoBGP can hold in one statement is one statement.
// No route leaves a policy with a mark of a jump.
//
// What GoBGP does otherwise than the model, and what Compile does about it:
//
//   - On export GoBGP puts the router's own AS in front of the path, drops the metric of learned routes and sets the next hop before
//     the policy runs, and for an eBGP peer: AS path expressions are shifted by one AS; prepending any other AS, expanding, and
//     asking for or computing with the metric are refused.
//   - To find out whether a route that is replaced had been sent, GoBGP runs the policy on the old route without those changes. A first
//     statement of every eBGP export puts the own AS in front of such a path. Next hops on export, which GoBGP takes from the wrong
//     route there, are refused.
//   - It does not enforce NO_EXPORT, NO_EXPORT_SUBCONFED and NO_ADVERTISE: the end of every export does, by the rule of
//     runtime/sim (held back if on the route before the policy and after it).
//   - It leaves a metric alone where a sum would leave 32 bits; the model saturates. Adding and subtracting are done in steps of one, at
//     most 256 of them. It can only set local preference: adding is resolved where the values before are known, which is on
//     import over eBGP.
//   - It knows only learned and local routes. A router tells the protocols of its own routes apart by OwnRoute.
//   - It has no longest match: route filters become statements, longest first.
//   - It keeps routes with LLGR_STALE from all peers without long-lived graceful restart (RFC 9494), behind every policy: policies that add it are
//     refused, and a route that comes with it is not sent on, which a lab shows as a difference to the prediction.
//
// Refused with file and line are also: extended communities, conditions (if-route-exists), tags and preferences, the
// neighbor a route was learned from (on export), ranges of more than 256 values, the values that mean "unset" to GoBGP (0),
// address masks, discarding next hops, and large communities of AS 4294967295.
//
// Parse and Read turn GoBGP's own configuration, TOML or YAML, into policies and neighbors of the model, as gobgpd would load and run it:
// one import and one export chain for all neighbors with the default behind it, and no routes of other protocols in BGP. What gobgpd
// would refuse is an error for the whole file, as it is there; what is not modelled is one for whoever runs it. Among
// that is what gobgpd 4.8.0 reads wrongly (origin-eq), and what in an export policy depends on the peer (AS paths, metrics).
//
// It starts no daemon and opens no connection: that is the speaker's.
package gobgp
