// Package clab reads containerlab topologies: which nodes there are, which files are bound into them, which commands are run in them, and
// how their interfaces are linked.
//
// Read follows containerlab 0.79 (types/topology.go, links/): what a node does not say comes from its group, its kind and the defaults; binds and
// exec of all four add up. Links may be in the brief form or the extended one of type veth. Keys that say nothing of routes or
// links are named in Topology.Passed; what is not known is an error with its line, and so are environment variables in what is read.
//
// It reads no file that a topology names, and does not know what a router's configuration means: package survey does.
package clab
