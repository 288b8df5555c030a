// Package sim is a fabric alive inside this process: every router is a value, time is virtual, and
// equal seeds give equal runs.
//
// Routers speak BGP as RFC 4271 describes it, with route reflection (RFC 4456), multipath over equal paths of
// different neighbouring ASes, and the defaults of Junos OS where the RFCs leave a choice:
//
//   - Route preference decides between protocols: direct and local 0, static 5, aggregate 130, BGP 170.
//   - The active route of every prefix goes through the export policy, whatever its protocol; the default at the
//     end of the chain accepts BGP alone.
//   - A route is not sent to an AS that its path already holds (advertise-peer-as off).
//   - NO_EXPORT, NO_EXPORT_SUBCONFED and NO_ADVERTISE are enforced after the export policy: a route that carried
//     one before the policy and still does after it is held back. So a policy can strip the community and send the
//     route, as the production policy of 2022-06-21 does (`community delete NO-EXPORT` in its export
//     terms), and one that the policy itself adds is meant for the receiver.
//
// The decision process leaves out three steps. Junos' preference for the external path that is already active would
// make the outcome depend on the order of messages. There is no interior routing protocol, hence no interior cost
// (RFC 4271 section 9.1.2.2 e allows to skip it). AIGP is not modelled.
//
// A network statement (an own route of protocol BGP) is announced whatever other route of the router's own is active, and
// forwards nothing by itself. An aggregate is active while a more specific route is.
//
// Besides its own routes every router holds host routes to the addresses of the nodes linked to it (direct; those to
// other routers give way to any other route), and a leaf has a static host route to the VIPs of its colo over the colo's servers linked to it. Servers
// and hosts have a default route over their routers.
//
// A session on link addresses is up while its link is; one between loopbacks while any chain of links joins the nodes.
// Faults are noticed at once: there are no hold timers.
//
// It judges nothing, and it touches neither the clock nor the network of the machine it runs on.
package sim
