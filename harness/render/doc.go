// Package render writes a fabric as files that others bring up: a containerlab topology with the configuration of every node beside it, or
// the same as clabernetes' resources.
//
// Nodes are given what runtime/netns gives them: addresses, kernel settings, sessions, policies and routes. FRR routers have a frr.conf,
// GoBGP routers a file for closlab's own router (package speaker), servers and hosts commands for ip. What a live lab has besides is
// not in the files: load balancers (a server just answers for its services), and what closlab uses to observe.
//
// It writes files and starts nothing. Equal fabrics make equal files.
package render
