// Package fabric is the wanted network as plain data, the same on every machine: nodes, links,
// sessions, colos, services, and the invariants that must hold. Load reads it from a folder with a
// fabric.yaml and derives every address; the result is never changed, only copied with other policies.
//
// Three kinds of prefix group come by themselves: "site-local" with the blocks of all colos, one of every site's name with the
// blocks of its colos, and "anycast" with the prefixes of all services. topologies/README.md describes the file.
//
// It does not read the routers' policy text (package candidate binds it to the sessions), it starts nothing, and it
// judges nothing (package check does).
package fabric
