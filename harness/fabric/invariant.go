package fabric

import "github.com/closlab/closlab/harness/place"

// Invariant is something that must hold, as fabric.yaml states it. Exactly one of the pointers is set.
type Invariant struct {
	Name     string
	Sessions *SessionsUp
	Reach    *Reach
	Present  *Present
	Only     *Only
	Load     *LoadShare
	Spread   *Spread
	Pos      place.Pos
}

// SessionsUp wants every session of the selected nodes established.
type SessionsUp struct{ At []string } // selectors; "all"

// Reach wants every pair to reach each other, there and back, in every family both have.
type Reach struct {
	From, To []string // selectors; To may name services
	Family   string   // "inet", "inet6"; "" both
}

// Present wants the prefixes in the routing table of every selected router, by routes that do not discard, except
// where a router owns the prefix itself.
type Present struct {
	Prefixes []string // prefix groups or prefixes
	At       []string // selectors
}

// Only wants nothing but these prefixes sent to the selected nodes by nodes that are not selected. While one of the sessions is
// down it cannot be told.
type Only struct {
	Prefixes []string
	Toward   []string
}

// LoadShare wants each colo to serve the services in proportion to its capacity, within so many percent of
// that share, and no colo above its capacity at the fabric's offered load.
type LoadShare struct {
	Services []string // service names; "services" is all
	Within   float64  // percent, relative to the wanted share
}

// Spread wants the flows from each node of From to To, in each family, to pass the nodes of Over in equal shares, within so
// many percent of the equal share.
type Spread struct {
	From, To string
	Over     string
	Within   float64
	Flows    int // how many to send; 0 for a number that Within can be judged by
	Seed     uint64
}
