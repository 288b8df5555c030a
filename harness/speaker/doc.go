// Package speaker is the router: a process of its own in network, pid and mount namespaces of its own, which is this same
// binary started again. Its engine is the library of osrg/gobgp, or FRR's own daemons as its children (package daemons). It speaks BGP, decides between what
// it learns and the routes it has of its own, writes the outcome to the kernel's forwarding table of its namespace, and reports what it holds.
//
// Start is for the parent, Hijack for the child; they talk in JSON lines over the child's standard input and output. A child
// dies with its parent.
//
// It follows its links: sessions and routes over one that loses its carrier end at once, and come back with it. An aggregate
// route is in force while the table has a route inside it. On FRR, too, this process decides that: bgpd's own aggregate-address would count
// only routes of BGP, and route-maps could not tell it apart.
//
// A session carries one address family. Where an own route and a learned one have the same prefix, the lower route preference
// (Junos) decides, and what wins is what the router announces.
//
// It knows no fabric: which neighbours, routes and policies a router has is for the caller (package runtime/netns).
package speaker
