// Package routemap writes routing policy of closlab's model as FRR configuration: route-maps and the lists that they ask.
//
// Compile translates the chains of a router's sessions. A term becomes one entry of a route-map where its conditions and actions fit into
// one, and several otherwise; what FRR cannot say in one entry is done by jumps (on-match next and goto), which lead forward only. A route-map of
// closlab never runs off its end: the last two entries permit and deny.
//
// What FRR does otherwise than the model, and what Compile does about it:
//
//   - It looks for NO_EXPORT, NO_ADVERTISE and NO_EXPORT_SUBCONFED (local-AS) before the outbound route-map. The model's routers decide after
//     the export policy, by what was there before and still is. So the end of every import changes these communities into marks, large communities
//     of the reserved AS number 4294967295 (RFC 7300) that policies take for the communities; exports change them back. The router's own
//     routes are given with Disguise.
//   - Behind an import route-map it adds NO_EXPORT to routes of eBGP peers with BLACKHOLE, and takes those with GRACEFUL_SHUTDOWN last: these two
//     become marks, too.
//   - Its own check whether a route has passed the neighbour's AS (sender-as-path-loop-detection) does nothing in 8.4: an as-path list does it.
//   - It has no default-action and does not tell the protocols of own routes apart: marks do, too.
//   - A route from eBGP has no local preference; the beginning of an import gives it 100.
//   - An entry has one condition and one action of a kind: a second replaces the first.
//   - A prefix-list takes its first match: entries of a longest-match list stand longest first, each base followed by a deny.
//   - An undefined list denies, and an empty one permits: conditions that nothing can meet are left out with their terms.
//   - Over eBGP it drops the metric of learned routes before the outbound route-map; what asks for it or computes with it there is refused.
//
// Refused with file and line are also: extended communities other than route targets and origins, deleting any of them, conditions (if-route-exists),
// tags and preferences, metric 0, whom a route was learned from (on export), ranges of more than 256 values, discarding next hops, a next hop
// behind next-hop self (bgpd sends its own address, whatever follows), community 0:0 (it takes that for internet, which every route has), and
// large communities of AS 4294967295.
//
// It talks to no daemon: packages daemons and speaker do.
package routemap
