// Package dataplane is the load balancer on real packets: a BPF program on the interfaces of every server, and
// the agent that tells it which servers can be reached.
//
// The routers bring a packet for a VIP to any server. Its program hashes the flow as multimog.Flow.Hash does, finds the
// target in the VIP's table, and sends the packet there inside another IP header (RFC 2003 for IPv4, RFC 2473 for
// IPv6) between the servers' site-local addresses. There the program takes the outer header off, if the inner
// destination is a VIP, and the server answers the client directly. If a target is down, its flows are looked up
// among the servers of the own colo. After a change of weights, packets of TCP connections that the new server does not have
// go on to the server of the table before.
//
// A server can be given a capacity in new flows; what exceeds it is dropped and counted.
//
// Fragments and what is neither TCP nor UDP stay on the server where they arrive. UDP flows move with the table. A TCP
// connection whose target goes down is lost even if its server is well: only the target knows the connection, and there is
// no way there; the servers that its packets are looked up among then refuse them. So it is with a connection that began
// elsewhere while its target was down, once the target is back. A connection whose target stays reachable stays, whatever
// other targets go down or come back. The program needs Linux 5.10 and CAP_BPF with CAP_NET_ADMIN; it does not balance packets
// sent by the server itself.
package dataplane
