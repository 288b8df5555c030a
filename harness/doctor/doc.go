// Package doctor finds out what of closlab can run on a machine, by trying: it makes namespaces, starts a router of each engine, loads the
// load balancer and asks Docker. What it tries is gone when it has been tried.
//
// It mends nothing. What is missing is said with what to do about it.
package doctor
