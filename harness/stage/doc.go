// Package stage is the small fabric on which changed routers meet routes that the real one lacks: every such router with its own
// sessions, addresses, AS numbers and policies, and behind each session a stub, a bare router that stands for the
// neighbour and sends nothing but what it is given. Two changed routers that are neighbours each have a stub for the other, so
// nothing one of them does can disturb another.
//
// A route for an import policy is given to the stub and arrives over the session; one for an export policy is given to the router itself.
// Trail tells what became of it.
//
// It brings nothing up and judges nothing: package gate does, on the runtime at hand.
package stage
