// Package probe sends packets between addresses in network namespaces and says which of them were answered. One process
// does it all: sockets are opened inside the namespaces, and both those that ask and those that answer belong to it.
//
// A Prober asks pairs of addresses; a Run counts which of many servers get the flows to an address that they share.
//
// It knows namespaces and addresses: no fabric, no route and no expectation, so it does not judge. It needs root on Linux, as
// package kernel does.
package probe
