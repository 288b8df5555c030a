// Package multimog is the arithmetic of the load balancer that spreads new flows over the servers of a
// site, whichever server the routers bring them to: the flow hash, the weighted Maglev table, the shares
// that follow from them, and the figures that judge shares (sampling error, chi-square, overload).
//
// It is the model of the data plane, not the data plane: it sees no packet, keeps no clock and loads no BPF.
package multimog
