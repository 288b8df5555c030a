package observe

import (
	"net/netip"
	"slices"
	"time"

	"github.com/closlab/closlab/harness/policy"
)

// Request says what a snapshot must contain besides sessions and tables.
type Request struct {
	Trips    []Trip   // From, To and V6 set
	Flows    []Flows  // bundles to send
	Services []string // services whose load is wanted, in every LoadPhase
	Sample   int      // flows that a load has to rest on, where a runtime sends real ones; 0 leaves it at the forwarding tables
}

// Snapshot is all that was seen at one moment. Slices are in a stable order.
type Snapshot struct {
	At       time.Duration     // since the lab started; virtual in sim
	Sessions []Session         // one per end, ordered by Node, then Peer
	Tables   map[string]*Table // by router name
	Trips    []Trip            // in the order asked for
	Bundles  []Bundle          // in the order asked for
	Loads    []Load            // one per service and phase, in the order asked for
}

// Session is one end of a BGP session, with what crossed it.
type Session struct {
	Node, Peer string
	Up         bool
	Why        string         // why it is down
	Received   []policy.Route // Adj-RIB-In as accepted by the import policy, by prefix
	Sent       []policy.Route // Adj-RIB-Out after the export policy, by prefix
}

// Name returns "node→peer", as findings show it.
func (s Session) Name() string { return SessionName(s.Node, s.Peer) }

// SessionName returns the name of the session as node sees it.
func SessionName(node, peer string) string { return node + "→" + peer }

// Table is a router's routing table and forwarding table.
type Table struct {
	RIB []Entry   // by prefix
	FIB []Forward // by prefix
}

// Entry is a prefix in a routing table with all its candidate routes, the best first.
type Entry struct {
	Prefix netip.Prefix
	Paths  []Path
}

// Path is one route to a prefix.
type Path struct {
	Route  policy.Route
	Peer   string // the neighbour it came from; "" if it is the router's own
	Active bool   // used for forwarding: the best path or, with multipath, one of its equals
	Reason string // the step of the decision process that put it here, in words
}

// Forward is a forwarding entry.
type Forward struct {
	Prefix netip.Prefix
	Hops   []string // names of the next nodes, sorted; the node itself means delivered here
	Drop   bool     // a discard route
}

// Session returns that end of a session.
func (s *Snapshot) Session(node, peer string) (Session, bool) {
	for _, x := range s.Sessions {
		if x.Node == node && x.Peer == peer {
			return x, true
		}
	}
	return Session{}, false
}

// Entry returns the routing table entry of a prefix.
func (t *Table) Entry(p netip.Prefix) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(t.RIB, p, func(e Entry, p netip.Prefix) int { return ComparePrefix(e.Prefix, p) })
	if !ok {
		return Entry{}, false
	}
	return t.RIB[i], true
}

// Match returns the forwarding entry of the longest prefix that holds an address.
func (t *Table) Match(a netip.Addr) (Forward, bool) {
	var best Forward
	for _, f := range t.FIB {
		if f.Prefix.Contains(a) && (!best.Prefix.IsValid() || f.Prefix.Bits() > best.Prefix.Bits()) {
			best = f
		}
	}
	return best, best.Prefix.IsValid()
}

// ComparePrefix orders prefixes: IPv4 first, then by address, then shorter first.
func ComparePrefix(a, b netip.Prefix) int {
	if c := a.Addr().Compare(b.Addr()); c != 0 {
		return c
	}
	return a.Bits() - b.Bits()
}
