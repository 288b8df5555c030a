package fabric

import (
	"net/netip"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Family indexes what exists once for IPv4 and once for IPv6.
type Family int

const (
	V4 Family = iota
	V6
)

// Families are both, in order.
var Families = [2]Family{V4, V6}

func (f Family) String() string { return [...]string{"inet", "inet6"}[f] }

// FamilyOf returns the family of an address.
func FamilyOf(a netip.Addr) Family {
	if a.Is6() {
		return V6
	}
	return V4
}

// Fabric is the wanted network. All slices are in a stable order: that of fabric.yaml.
type Fabric struct {
	Name       string
	Dir        string // folder it was loaded from
	File       string // its fabric.yaml, as shown in messages
	Nodes      []*Node
	Links      []Link
	Sessions   []*Session // both ends of every session, the end of the link's From node first
	Colos      []*Colo
	Services   []*Service
	Prefixes   []*PrefixGroup
	Invariants []*Invariant
	Offered    float64 // offered load as a share of the capacity of all colos of a site, 0 to 1

	Texts map[string]string // the configurations that native routers run, by node; package candidate puts them here

	// Explicit says that its nodes have the routes that they list and no others: nothing follows from links.
	Explicit bool

	byName map[string]*Node
	source []byte          // the text it was parsed from
	again  func() *builder // builds it once more
}

// Role is what a node is there for.
type Role uint8

const (
	Router Role = iota
	Server      // serves the services of its colo
	Host        // a client, an origin, the NOC: a leaf of the network that only sends and answers
)

func (r Role) String() string { return [...]string{"router", "server", "host"}[r] }

// Node is a router, a server or a host.
type Node struct {
	Name     string
	Tier     string // servers and hosts: "servers", "hosts"
	Role     Role
	ASN      uint32 // 0 for servers and hosts
	External bool   // not ours: its policies and tables are no concern of invariants on routers
	Engine   string // "gobgp", "frr" or Native; "" leaves it to the runtime
	Kind     string // of a native router, as containerlab has it; else ""
	Image    string // of its container, where something names it
	Config   string // of a native router, its whole configuration: a file relative to the fabric's policy folder
	Mount    string // of a blind router, where its container finds its configuration, or startup; else ""
	Colo     string // the colo a leaf or server belongs to; else ""
	Paths    Multipath
	Oldest   bool // of equal eBGP paths it keeps the one that came first, which nobody can predict
	Reflects bool // a route reflector: its iBGP peers are its clients (RFC 4456)
	RouterID netip.Addr
	Addrs    [2]netip.Addr // loopback of a router, address of a server or host, by family; may be invalid
	Routes   []Route       // its own routes, in order
	Pos      place.Pos

	configAt place.Pos
	ports    string // what the interfaces of a blind router are called, with %d
	fromZero bool   // which is their number from 0
}

// Route is a route that a router has of its own.
type Route struct {
	Prefix      netip.Prefix
	Protocol    policy.Protocol // Static, Direct, Local or Aggregate; BGP for what BGP itself announces (a network statement)
	Via         []string        // next nodes, several for equal-cost paths; none for Drop and for its own addresses
	Drop        bool            // discard what has no longer match
	Aside       bool            // BGP does not know of it: what BGP learns of the prefix it passes on all the same, as FRR does
	Communities policy.Communities
	Tag         uint32
	Pos         place.Pos
}

// Multipath is over which of several equal paths a router balances.
type Multipath uint8

const (
	AnyAS   Multipath = iota // all of them
	OneAS                    // those that come from the same neighbouring AS as the best
	OnePath                  // the best alone
)

func (m Multipath) String() string {
	return [...]string{"all equal paths", "equal paths of one AS", "one path"}[m]
}

// Link joins two nodes; Addrs are its ends' addresses by family, From's first.
type Link struct {
	From, To string
	Ports    [2]string // names of its ends, From's first; "" leaves them to the runtime
	Addrs    [2][2]netip.Addr
	Bits     [2][2]int // lengths of the subnets that the addresses are in, alike; 0 for the smallest one that holds both
	Pos      place.Pos
}

// Session is one end of a BGP session; it carries both families.
type Session struct {
	Node, Peer      string
	LocalAS, PeerAS uint32
	Local, Remote   [2]netip.Addr // by family
	Binding         [2]*Binding   // what fabric.yaml says of its policy, by family; nil where it says nothing
	In, Out         [2]policy.Chain
	Limit           [2]Limit
	SendsAll        [2]bool // it sends routes on whatever NO_EXPORT and NO_ADVERTISE say, as GoBGP does; by family
}

// Limit is how many routes a session may bring before the router ends it; by family.
type Limit struct {
	Routes   int  // 0 for any number
	Rejected bool // those that the import policy rejects count, too
}

// External reports whether it is an eBGP session.
func (s *Session) External() bool { return s.LocalAS != s.PeerAS }

// Binding is a policy entry of fabric.yaml: which text governs a session, and how to find the chains in it.
// Of Group, Neighbor and In/Out one is given; with none, the text's own neighbour statements decide.
type Binding struct {
	File     string // relative to the fabric's policy folder
	Group    string // a BGP group of the text
	In, Out  string // policy expressions
	Neighbor string // what the text calls the neighbour, where that is not its address
	Pos      place.Pos
}

// Colo is a compute cluster: leaves, servers, capacity.
type Colo struct {
	Name     string
	Site     string // colos of one site share its load
	Leaves   []string
	Servers  []string
	Capacity float64        // in servers' worth
	Blocks   []netip.Prefix // its site-local prefixes
	Pos      place.Pos
}

// Service is a VIP that every server of its colos answers, at one address of Prefix.
type Service struct {
	Name   string
	Prefix netip.Prefix
	VIP    netip.Addr
	Colos  []string
	Pos    place.Pos
}

// PrefixGroup is a named list of prefixes, for invariants to speak of.
type PrefixGroup struct {
	Name     string
	Prefixes []netip.Prefix
	Owner    map[netip.Prefix]string // the node or colo that owns a member, where it has one
	Pos      place.Pos
}
