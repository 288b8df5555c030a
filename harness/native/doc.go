// Package native speaks with a vendor's router over its own command line, from inside the router's container: it loads a whole
// configuration, proves that the router holds what it was given, and reads sessions, routes and, where the kernel does not have it,
// the forwarding table back as JSON.
//
// The commands and the shapes of their answers are those of the vendors' documentation; the samples in testdata are written after it
// and are no recordings, and the commands have been tried on stand-ins alone, which answer in the same shapes. What a router does not
// answer, or answers in another shape, is an error: nothing is guessed. A router of any other kind is not asked at all.
//
// A configuration comes from a stranger. It is written to a file and loaded from there; no part of it is ever in a command. What would
// have the router itself run commands is refused.
//
// It knows no fabric and starts no router: containers come from package runtime/clab.
package native
