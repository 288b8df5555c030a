// Package junos reads what a Junos OS configuration says about routing policy and BGP into the
// neutral model of package policy: policy statements with every definition they use, and the groups
// and neighbors of protocols bgp.
//
// The meaning of each statement is that of the Junos OS Routing Policies, Firewall Filters, and
// Traffic Policers User Guide; where the guide is silent, the doc comment says which reading was
// taken and who measured it on routers, or the statement is refused. A statement that could change a decision or an
// attribute and has no place in the model is a problem with file and line: of the policy it stands in, and so of whatever
// runs that policy, but not of a router that runs others (see Unread). One that cannot is named in Config.Passed. Nothing
// is dropped in silence.
//
// It is not a parser of configuration text (conf is) and runs no policy (policy.Apply does).
package junos
