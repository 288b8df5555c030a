// Package observe holds what was seen of a fabric at one moment, as plain data: sessions,
// routing tables, what was advertised, forwarding tables, what became of flows, and load shares.
// Every runtime fills the same Snapshot; checks read it. It does not observe anything itself,
// and it judges nothing.
package observe
