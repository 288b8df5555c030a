// Package proof holds translations of routing policy to live routers, for tests: a router of FRR's bgpd, or of GoBGP, in a network namespace
// of its own, among peers that send what they are told and keep what they hear.
//
// Its own tests are the proof that what FRR and GoBGP are given does what policy.Apply says, and that nothing is lost when it is read back. Package
// dialect/frr holds its reader to the same bgpd. Linux and root are needed.
//
// It compiles no policy and judges no route: that is the tests'.
package proof
