// Package frr translates routing policy between closlab's model and FRR's configuration (frr.conf).
//
// Read takes whole router configurations: route-maps, prefix-lists, access-lists, community-, large-community- and
// extcommunity-lists, as-path access-lists, and router bgp with its neighbors, peer-groups and address families. The meaning is that of
// bgpd 8.4.4, read in its source and held against the daemon by the property test; what FRR does otherwise than the model is said
// where it is translated:
//
//   - route-map: an implicit deny at the end; no term is said to match twice in one line, since a second match of a kind
//     replaces the first; sets run before call, and a deny of the callee is final; on-match leads on, and ends in deny if no later entry
//     matches (chain.go).
//   - lists: the first match decides; a list that is not defined matches nothing; expanded expressions see the text of all
//     communities, with names for the well-known ones (list.go, package ere).
//   - sessions: well-known communities hold a route back before the outbound route-map; an eBGP session without policy exchanges nothing
//     (RFC 8212) unless the profile or a statement says otherwise; only what network and redistribute name leaves of the
//     router's own routes (session.go).
//   - numbers: a route of an eBGP peer has no local preference, and bgpd computes with 0 where the model has 100 (presence.go).
//
// A line that could change a decision or an attribute and has no place in the model is a problem, with file and line, of the
// route-map, list or neighbor it stands in, and so of whoever uses that. Lines of other parts of the router are named in
// Config.Passed; lines that closlab does not know are findings of Lint. Nothing is dropped in silence.
//
// It runs no daemon and no policy.
package frr
