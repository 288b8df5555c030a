package proof_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/osrg/gobgp/v4/api"
	"github.com/osrg/gobgp/v4/pkg/apiutil"
	"github.com/osrg/gobgp/v4/pkg/packet/bgp"
	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/frr/routemap"
	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/dialect/proof"
	"github.com/closlab/closlab/harness/policy"
)

// engine is a live router and the compiler for it. To install replaces the policies, and what the router announces of its own; there is no other
// route meanwhile.
type engine struct {
	name    string
	router  *proof.Router
	compile func([]routemap.Session) (install func(own []policy.Route), err error)
}

// newBGPd returns FRR's bgpd. Each line of a route-map or a list can be changed on its way.
func newBGPd(ctx context.Context, t testing.TB, change func(line string) string) *engine {
	d := proof.StartBGPd(ctx, t, proof.RouterBGP())
	d.Connect()
	generation, clear := 0, ""
	return &engine{"FRR", &d.Router, func(sessions []routemap.Session) (func([]policy.Route), error) {
		p, err := routemap.Compile(sessions)
		return func(own []policy.Route) {
			d.Configure(clear) // first: the more there is, the longer bgpd takes
			generation++
			var b, undo strings.Builder
			for _, line := range oneCommit(p.Lines(generation)) {
				fmt.Fprintln(&b, change(line))
			}
			for _, r := range own {
				b.WriteString(ownRouteMap(r))
			}
			fmt.Fprintf(&b, "router bgp %d\n", proof.TestedAS)
			for _, a := range p.Peers() {
				fmt.Fprintf(&b, "address-family %s\n%s\nexit-address-family\n", familyOf(a), strings.Join(p.Attach(a, generation), "\n"))
			}
			fmt.Fprintf(&undo, "router bgp %d\n", proof.TestedAS)
			for _, r := range own {
				network := "address-family %[1]s\n%[3]snetwork %[2]s route-map own-%[2]s\nexit-address-family\n"
				fmt.Fprintf(&b, network, familyOf(r.Prefix.Addr()), r.Prefix, "")
				fmt.Fprintf(&undo, network, familyOf(r.Prefix.Addr()), r.Prefix, "no ")
			}
			b.WriteString("exit\n")
			undo.WriteString("exit\n")
			for _, r := range own {
				fmt.Fprintf(&undo, "no route-map own-%s\n", r.Prefix)
			}
			d.Configure(b.String())
			clear = undo.String() + strings.Join(oneCommit(p.Remove(generation)), "\n")
		}, err
	}}
}

// oneCommit orders lines so that bgpd commits them once: it does at every exit and wherever the lists of BGP follow other lines, and takes the
// longer the more it has.
func oneCommit(lines []string) []string {
	var first, rest []string
	for _, l := range lines {
		switch {
		case l == "exit":
		case strings.HasPrefix(l, "bgp "), strings.HasPrefix(l, "no bgp "):
			first = append(first, l)
		default:
			rest = append(rest, l)
		}
	}
	return append(first, rest...)
}

func familyOf(a netip.Addr) string {
	return map[bool]string{false: "ipv4", true: "ipv6"}[a.Is6()] + " unicast"
}

// ownRouteMap returns the route-map of a network statement, as package speaker writes it.
func ownRouteMap(r policy.Route) string {
	var b strings.Builder
	fmt.Fprintf(&b, "route-map own-%s permit 10\nset origin %s\nset local-preference %d\n", r.Prefix, r.Origin, r.LocalPref)
	if r.MED != 0 {
		fmt.Fprintf(&b, "set metric %d\n", r.MED)
	}
	byKind := [3][]string{}
	for _, c := range routemap.Disguise(r.Protocol, r.Communities) {
		byKind[c.Kind] = append(byKind[c.Kind], c.Text())
	}
	for kind, set := range []string{"set community", "", "set large-community"} {
		if len(byKind[kind]) > 0 {
			fmt.Fprintf(&b, "%s %s\n", set, strings.Join(byKind[kind], " "))
		}
	}
	return b.String()
}

// newGoBGP returns GoBGP. Each statement can be changed on its way.
func newGoBGP(ctx context.Context, t testing.TB, change func(*api.Statement)) *engine {
	g := proof.StartGoBGP(ctx, t)
	g.Connect()
	assigned := false
	var announced []*apiutil.Path
	return &engine{"GoBGP", &g.Router, func(sessions []routemap.Session) (func([]policy.Route), error) {
		var gs []gobgp.Session
		for _, s := range sessions {
			gs = append(gs, gobgp.Session(s))
		}
		p, err := gobgp.Compile(gs)
		return func(own []policy.Route) {
			if len(announced) > 0 {
				require.NoError(t, g.Server.DeletePath(apiutil.DeletePathRequest{Paths: announced}))
			}
			request := p.Request()
			for _, x := range request.Policies {
				for _, s := range x.Statements {
					change(s)
				}
			}
			require.NoError(t, g.Server.SetPolicies(ctx, request))
			for _, a := range p.Assignments() {
				if !assigned {
					require.NoError(t, g.Server.SetPolicyAssignment(ctx, a))
				}
			}
			assigned, announced = true, nil
			for _, r := range own {
				announced = append(announced, pathOf(r))
			}
			if len(announced) > 0 {
				_, err := g.Server.AddPath(apiutil.AddPathRequest{Paths: announced})
				require.NoError(t, err)
			}
		}, err
	}}
}

// pathOf returns an own route as package speaker gives it to GoBGP.
func pathOf(r policy.Route) *apiutil.Path {
	if r.Protocol != policy.BGP {
		r.Communities = r.Communities.With(gobgp.OwnRoute(r.Protocol))
	}
	nlri, _ := bgp.NewIPAddrPrefix(r.Prefix)
	p := &apiutil.Path{Family: bgp.RF_IPv4_UC, Nlri: nlri}
	p.Attrs = append(p.Attrs, bgp.NewPathAttributeOrigin(uint8(r.Origin)), bgp.NewPathAttributeLocalPref(r.LocalPref))
	self := netip.IPv4Unspecified()
	if r.Prefix.Addr().Is6() {
		p.Family, self = bgp.RF_IPv6_UC, netip.IPv6Unspecified()
	}
	hop, _ := bgp.NewPathAttributeNextHop(self)
	p.Attrs = append(p.Attrs, hop)
	if r.MED != 0 {
		p.Attrs = append(p.Attrs, bgp.NewPathAttributeMultiExitDisc(r.MED))
	}
	var standard []uint32
	var large []*bgp.LargeCommunity
	for _, c := range r.Communities {
		if c.Kind == policy.Large {
			large = append(large, bgp.NewLargeCommunity(c.A, c.B, c.C))
		} else {
			standard = append(standard, c.A<<16|c.B)
		}
	}
	if len(standard) > 0 {
		p.Attrs = append(p.Attrs, bgp.NewPathAttributeCommunities(standard))
	}
	if len(large) > 0 {
		p.Attrs = append(p.Attrs, bgp.NewPathAttributeLargeCommunities(large))
	}
	return p
}
