package observe

// Ending is what became of a flow.
type Ending uint8

const (
	Unknown   Ending = iota // not seen, or not to be told
	Delivered               // reached its destination
	NoRoute                 // a router had no route to it
	Discarded               // a router had a discard route for it
	Looped                  // it came back to a router it had passed
	Refused                 // the last node is not the owner of the address
	Gone                    // packets did not come, whose way behind the last node cannot be told
)

func (e Ending) String() string {
	return [...]string{"unknown", "delivered", "no route", "discarded", "looped", "refused", "lost"}[e]
}

// Walk is the way packets took from one node to an address.
type Walk struct {
	Ending Ending
	Hops   []string // nodes passed, the sender first; where paths are equal, one that ends worst
	Lost   float64  // share of the equal-cost paths that do not deliver, 0 to 1
}

// At returns the node where the walk ended; "" if it never started.
func (w Walk) At() string {
	if len(w.Hops) == 0 {
		return ""
	}
	return w.Hops[len(w.Hops)-1]
}

// Trip is a request and its answer between two nodes.
type Trip struct {
	From, To string // node names, or a service name as To
	V6       bool
	Out      Walk   // From to To
	Back     Walk   // To to From; not tried if Out did not arrive
	Why      string // why an ending is Unknown, if somebody can say
}

// Arrived reports whether every equal-cost path delivers, there and back.
func (t Trip) Arrived() bool { return t.Out.delivers() && t.Back.delivers() }

func (w Walk) delivers() bool { return w.Ending == Delivered && w.Lost == 0 }

// Flows is a repeatable bundle of traffic.
type Flows struct {
	From  string
	To    string // a node, a tier, a prefix group or a service
	Count int
	Seed  uint64
	V6    bool
}

// Bundle is what became of Flows.
type Bundle struct {
	Flows   Flows
	Endings map[Ending]int
	Via     map[string]int // flows that passed each node
}

// LoadPhase is a state of the Multimog load balancer.
type LoadPhase string

const (
	// Stale is while servers still forward by the table from before the change: what it maps to a
	// server that cannot be reached is lost.
	Stale LoadPhase = "stale"
	// Settled is once every server has dropped the servers it cannot reach from its table.
	Settled LoadPhase = "settled"
)

// Load is how the traffic of one service spread: as the forwarding tables have it, or as so many flows did.
type Load struct {
	Service string
	V6      bool
	Phase   LoadPhase
	// Flows is how many flows were sent and counted; 0 if the load was computed.
	Flows int
	// Pool is the first service with whose flows these can be counted as one: every router has the same routes to both, and the
	// same servers have both. "" if the load was computed.
	Pool       string
	Offered    float64 // offered load as a share of the site's whole capacity
	Lost       float64 // share of new flows that reach no server
	Dropped    float64 // share of new flows that reach a server which has no capacity left for them
	Unanswered float64 // share of new flows that are served but whose answer does not come back; counted only
	Foreign    float64 // share of flows that land on another colo than the one that serves them
	Colos      []Share // in fabric order
	Servers    []Share // in fabric order
}

// Share is the part of a service's flows that a colo or server serves.
type Share struct {
	Name        string
	Landed      float64 // share that the routers bring here, 0 to 1
	Share       float64 // share that it is there to serve, 0 to 1, with what it drops
	Dropped     float64 // share that it drops because it has no capacity left
	Want        float64 // share in proportion to capacity
	Factor      float64 // Share / Want
	Utilisation float64 // Offered * Factor: 1 is its whole capacity
}

// At returns the share with what follows from it at an offered load: Factor and Utilisation.
func (s Share) At(offered float64) Share {
	if s.Factor = 0; s.Want > 0 {
		s.Factor = s.Share / s.Want
	}
	s.Utilisation = offered * s.Factor
	return s
}

// Add returns the sum of two shares, under the name of the first.
func (s Share) Add(t Share) Share {
	s.Landed, s.Share, s.Dropped, s.Want = s.Landed+t.Landed, s.Share+t.Share, s.Dropped+t.Dropped, s.Want+t.Want
	return s
}
