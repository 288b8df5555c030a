package speaker

import (
	"net/netip"

	"github.com/osrg/gobgp/v4/api"

	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/native"
	"github.com/closlab/closlab/harness/policy"
)

// Router is who a speaker is.
type Router struct {
	Name     string // for messages
	Engine   string // GoBGP, FRR or Native
	Kind     string // of a native router, see package native
	Switches bool   // a native router forwards by a table of its own, not the kernel's
	Blind    bool   `json:",omitempty"` // a native router is not asked: of its sessions nothing is known but what neighbours send
	ASN      uint32
	ID       netip.Addr // BGP identifier
	Paths    fabric.Multipath
	Hidden   []string // folders of the machine that it is not to see
}

// The engines of routers, as fabric.yaml names them.
const (
	GoBGP  = "gobgp"
	FRR    = "frr"
	Native = "native"
)

// defaultLocalPref is the local preference of a route that carries none.
const defaultLocalPref = 100

// Peer is a neighbour, for the address family of its addresses.
type Peer struct {
	Local, Remote   netip.Addr
	LocalAS, PeerAS uint32
	Passive         bool // waits for the neighbour to connect; one end of every session does
	Client          bool // of this route reflector
}

// Own is a route that the router has of its own. It is in force while a link that it leads over has a carrier, and no other one of lower
// preference to the same prefix is.
type Own struct {
	Route     policy.Route // attributes, and the protocol that policies see
	Hops      []netip.Addr // neighbours on links; several for equal-cost paths
	Discard   bool
	Learned   bool // give way to any route learned by BGP
	Aggregate bool // in force only while another route in the table is inside its prefix
	Announce  bool // give it to BGP, whose export policy decides
}

// forwards reports whether the route goes into the forwarding table: addresses of the router's own are there already.
func (o *Own) forwards() bool { return o.Discard || len(o.Hops) > 0 }

// Report is what a speaker holds.
type Report struct {
	Sessions   []Session        // by neighbour
	Paths      []Path           // learned routes in the routing table, by prefix: the best first, then those used with it, then by neighbour
	Dark       []string         // links without carrier
	Aggregates []netip.Prefix   // aggregate routes with a route inside
	Forwards   []native.Forward // the forwarding table of a native router that has one of its own; else nil
	Problems   []string         // what the router could not do, as routes that the kernel refused
}

// Session is one session with its Adj-RIB-In ahead of the import policy: what the neighbour sent.
type Session struct {
	Remote   netip.Addr
	Up       bool
	State    string         // in GoBGP's words; empty if it is up
	Received []policy.Route // by prefix
}

// Path is a route after the import policy.
type Path struct {
	Route policy.Route
	Best  bool // used: the best or, with multipath, one of its equals
}

// Glance is what a speaker tells of itself whenever something has changed. That two of one router are equal does not prove that
// it holds the same: for that there is the Report.
type Glance struct {
	Up   int    // sessions
	Used uint64 // sum of the marks (see Mark) of the learned routes in use
}

// request is a line to the child.
type request struct {
	ID        int
	Op        string
	Router    *Router                           `json:",omitempty"`
	Peers     []Peer                            `json:",omitempty"`
	Own       []Own                             `json:",omitempty"`
	Policy    *api.SetPoliciesRequest           `json:",omitempty"`
	Assign    []*api.SetPolicyAssignmentRequest `json:",omitempty"` // the first time
	RouteMaps *RouteMaps                        `json:",omitempty"` // for FRR instead of both
	Config    string                            `json:",omitempty"` // for a native router instead of both
	Known     *Digest                           `json:",omitempty"`
}

// RouteMaps is the policy of a router of FRR's.
type RouteMaps struct {
	Lines  []string                // define lists and route-maps
	Attach map[netip.Addr][]string // give them to a neighbour, by neighbour
	Retire []string                // remove those that were in use before
}

// Operations of a request.
const (
	opStart   = "start"   // Router
	opPolicy  = "policy"  // Policy, Assign
	opAdd     = "add"     // Peers
	opDrop    = "drop"    // Peers
	opOwn     = "own"     // Own: all of them
	opResend  = "resend"  // Peers: what is sent to them, once more
	opInstall = "install" // what is used, once more
	opReport  = "report"  // Known
	opRest    = "rest"
)

// reply is a line from the child: the answer to the request of that ID or, with ID 0, word that something has changed.
type reply struct {
	ID      int
	Glance  *Glance     `json:",omitempty"`
	Version string      `json:",omitempty"` // of the engine that was started
	Error   string      `json:",omitempty"`
	Report  *Report     `json:",omitempty"`
	Held    *gobgp.Held `json:",omitempty"` // of opPolicy
}
