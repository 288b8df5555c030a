// Package policy is the vendor-neutral routing policy of closlab: routes, ordered
// terms of matches and actions, and the questions asked of them.
//
//   - Apply: what does this chain of policies decide for this route?
//   - Explain: and which term decided, and why did the others not match?
//   - Diff: for which routes do two chains decide differently, or set other attributes?
//   - Unreachable: which terms does no route match, and which terms stand before them?
//   - Exercise: which route would match this term?
//
// Semantics are those of Junos OS where the vendors differ (first accept or reject
// ends the chain, attributes changed by a term are seen by later terms, the default
// at the end depends on direction and protocol); dialects of other vendors make
// their own defaults explicit as terms.
//
// It is pure: no clock, no file, no goroutine. It is not a parser (dialect/...), and
// it knows nothing of sessions, split horizon or well-known communities: those belong
// to the speaker that calls it.
//
// The last three questions are answered for all routes at once: prefixes are divided into cells that
// no match tells apart (cell.go), every other attribute becomes Boolean questions (space.go) whose
// answers are kept in decision diagrams (bdd.go), and the chain is evaluated on sets of routes
// instead of one route (symbolic.go).
package policy
