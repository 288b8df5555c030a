// Package survey draws a network from what describes it already: a containerlab topology and the configurations that are bound into its nodes.
//
// Nodes with a frr.conf are routers, other Linux containers are hosts. Links, interface names, addresses, sessions, static routes, what is announced, router
// ids and multipath are those of the files; a fabric drawn so is explicit (fabric.Fabric.Explicit). Sessions whose ends are known by their
// interfaces (BGP unnumbered) have addresses of closlab's own, which stand for the link-local ones.
//
// A reading that could be wrong is refused, with file and line: other routing protocols, VRFs, switches, sessions between loopbacks, commands that steer
// packets. What cannot come up in the lab, such as a session with nobody, is left out and told in Lab.Notes.
//
// It does not read policies for what they do (package candidate binds them), starts nothing and judges nothing.
package survey
