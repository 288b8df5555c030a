package stage

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
)

// Fabric returns the stage with the routers that have the ends of sessions on, and with their policies in f. Sessions are known
// by their nodes; one that f lacks is left out. The routers have no routes and no other sessions, so that each route they tell of was put there.
func Fabric(f *fabric.Fabric, on []*fabric.Session) *fabric.Fabric {
	out := &fabric.Fabric{Name: f.Name + "-stage", Dir: f.Dir, File: f.File}
	for _, s := range f.Sessions {
		if slices.ContainsFunc(on, func(x *fabric.Session) bool { return x.Node == s.Node && x.Peer == s.Peer }) {
			add(out, s, f.Node(s.Node), f.Node(s.Peer))
		}
	}
	for _, s := range out.Sessions {
		if strings.HasPrefix(s.Node, "_") && !s.External() {
			out.Node(s.Node).Routes = ways(out, s)
		}
	}
	return out
}

// ways returns routes from an internal neighbour over the router to the next hops that this passes on as they are: the addresses of its
// other neighbours.
func ways(f *fabric.Fabric, stub *fabric.Session) []fabric.Route {
	var out []fabric.Route
	for _, s := range f.SessionsOf(stub.Peer) {
		for _, a := range s.Remote {
			if s.Peer != stub.Node && a.IsValid() {
				out = append(out, fabric.Route{Prefix: netip.PrefixFrom(a, a.BitLen()), Protocol: policy.Static, Via: []string{stub.Peer}})
			}
		}
	}
	return out
}

// Stub returns the name of the router that stands for a neighbour. No node of fabric.yaml can have it: there, names begin with a letter.
func Stub(router, peer string) string { return "_" + peer + "." + router }

// add puts one end of a session on the stage, with its router, a stub and a link.
func add(out *fabric.Fabric, s *fabric.Session, router, peer *fabric.Node) {
	if out.Node(router.Name) == nil {
		out.Nodes = append(out.Nodes, bare(router, router.Name))
	}
	stub := bare(peer, Stub(router.Name, peer.Name))
	stub.ASN, stub.Reflects, stub.Engine, stub.Image = s.PeerAS, false, "gobgp", ""
	out.Nodes = append(out.Nodes, stub)
	here, there := *s, fabric.Session{Node: stub.Name, Peer: s.Node, LocalAS: s.PeerAS, PeerAS: s.LocalAS, Local: s.Remote, Remote: s.Local}
	here.Peer = stub.Name
	l := fabric.Link{From: s.Node, To: stub.Name}
	for _, fam := range fabric.Families {
		there.Out[fam] = policy.Calls(restore)
		l.Addrs[fam] = [2]netip.Addr{s.Local[fam], s.Remote[fam]}
	}
	out.Sessions = append(out.Sessions, &here, &there)
	out.Links = append(out.Links, l)
}

// bare returns a router as another one speaks BGP, with no routes and no addresses but those of its links.
func bare(n *fabric.Node, name string) *fabric.Node {
	return &fabric.Node{Name: name, Tier: n.Tier, ASN: n.ASN, Engine: n.Engine, Image: n.Image, Reflects: n.Reflects, RouterID: n.RouterID, Pos: n.Pos}
}

// neighbour returns whom a stub stands for.
func neighbour(router, stub string) string {
	return strings.TrimPrefix(strings.TrimSuffix(stub, "."+router), "_")
}
