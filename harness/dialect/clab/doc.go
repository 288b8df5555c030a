// Package clab reads and writes containerlab topologies.
//
// Read says which nodes there are, which files are bound into them, which commands are run in them, and how their interfaces are linked. It
// follows containerlab 0.79 (types/topology.go, links/): what a node does not say comes from its group, its kind and the defaults; binds and
// exec of all four add up. Links may be in the brief form or the extended one of type veth. Keys that say nothing of routes or
// links are named in Topology.Passed; what is not known is an error with its line, and so are environment variables in what is read.
//
// A Lab is what closlab writes itself: nodes without a management network, with images, files, commands, kernel settings and
// capabilities. It needs containerlab 0.78, which was the first where nodes need not be privileged. The same is written as resources for
// clabernetes, which were held against its resource definition of version 0.6.0.
//
// It reads no file that a topology names, and does not know what a router's configuration means: package survey does.
package clab
