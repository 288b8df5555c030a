// Package daemons runs the FRR router of one node: the distribution's own zebra, staticd and bgpd, started in stages in the
// network, mount and process namespaces of the caller, and talks to them over their vty sockets. What neighbours send is read
// off the wire.
//
// It knows no policy language and no fabric: what to configure is for the caller (package speaker), in lines. A line that
// a daemon does not take is an error, line by line: vtysh's exit code would not tell.
package daemons
