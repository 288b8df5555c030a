// Package netns is a fabric alive on Linux: every node is a network namespace, every link a pair of veth interfaces,
// every router a process (package speaker) that runs GoBGP, or FRR's daemons, and writes the kernel's forwarding table.
//
// What it says it has seen: sessions, routing tables and what crossed each session come from the routers, and what a router sent is
// what its neighbour says it received. Forwarding tables are the kernels'. A trip is followed over every equal-cost path of those
// tables, and packets between the two addresses must agree: an ICMP echo, and a UDP flow or, where only some of the paths deliver, so
// many flows that some must arrive and some must not. Where they do not agree, the trip is Unknown. Bundles of flows
// are worked out from the kernels' forwarding tables by runtime/sim, which then has nothing else to go by, and so are loads for
// which no sample is asked for.
//
// Every server that has services has a load balancer (package multimog/dataplane) with agents. They ask their peers by the clock while
// the lab just runs. For a snapshot it stands still for them: they ask until each knows of all peers whether they answer, so that they
// are settled in everything that is seen. A load is then counted: each service gets its flows (package probe), at first
// with all peers up if some are down, which is the stale phase, while every server has the capacity that the offered load leaves it. Services
// to which all routers have the same routes, and which the same servers have, share one sample.
//
// A simulation of the same fabric runs beside it: what that predicts is the state to wait for. If the routers come to rest
// elsewhere, Settle ends all the same and Differences tells both sides.
//
// A router that is where it is predicted to be says no more than that: it compares digests. Only what differs is sent and shown.
//
// GoBGP 4.8.0 can leave a neighbour with what it should not have. A route that comes in the moment in which a session comes up is
// lost for that neighbour: so routers announce their own routes once all sessions are up. Two routes of different origin to one
// prefix that wait to be sent together go out in random order: so routers that announce the same do so in turn. Where it still
// happens, Settle has a router that is at rest but has not sent what is predicted send once more, a few times at most, and
// Notes says so. A lost withdrawal is not repeated by that. As long as nothing has been changed Settle begins such a session anew;
// after a change it leaves what was not withdrawn where it is, to be seen. FRR's zebra 8.4 can lose a recursive route while a link
// goes down: a router whose kernel lacks what it should forward by is told to write its routes once more, and Notes says so, too.
//
// FRR 10.3 does not compare IPv6 addresses of neighbours, the last step of the decision (bgpd/bgp_route.c; 8.4 and 10.7 do): of two reflectors it
// may prefer either, which then is a difference.
//
// What GoBGP 4.8.0 decides otherwise than the model differs from the prediction, so that a verdict is Unknown: it uses and passes on
// routes whose next hop is out of reach (RFC 4271 section 9.1.2: over iBGP, where neither links nor static routes lead there); it
// uses routes from several neighbouring ASes together only if their metrics are equal; and it compares metrics pair by pair in the order
// in which routes came, so that the best of three can depend on that order (section 9.1.2.2 c).
//
// Routers notice by themselves when a link loses its carrier, whether a fault or somebody by hand has put it down; what nobody told
// the simulation of is a difference. A node that is down keeps its process, without links.
//
// A lab is a closed world: no link leads to the host. It needs root. It lives no longer than the context it is given and the process it
// belongs to; what that leaves if it is killed, Clean removes. Others find the lab by its folder below /run/closlab, and start
// commands on its nodes, which end with it.
package netns
