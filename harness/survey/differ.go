package survey

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// Differs returns where a network that was drawn from other configurations is another one in more than its policies: what closlab does
// not judge a change of.
func (l *Lab) Differs(o *Lab) place.Problems {
	var out place.Problems
	for i, n := range l.Plan.Nodes {
		if i >= len(o.Plan.Nodes) {
			break
		}
		differ(&out, n, o.Plan.Nodes[i])
	}
	sessions := func(p fabric.Plan) []string {
		var out []string
		for _, s := range p.Sessions {
			out = append(out, fmt.Sprint(s.Node, " toward ", s.Peer, " ", s.Local, s.Remote, s.LocalAS, s.PeerAS))
		}
		return out
	}
	if a, b := sessions(l.Plan), sessions(o.Plan); !slices.Equal(a, b) {
		out.Addf(place.Pos{File: o.Plan.File}, "its sessions change (%d ends of them, %d before): closlab does not judge that", len(b), len(a))
	}
	return out
}

func differ(out *place.Problems, was, is *fabric.Node) {
	change := func(what string, a, b any) {
		if fmt.Sprint(a) != fmt.Sprint(b) {
			out.Addf(is.Pos, "%s: %s changes: closlab does not judge that", is.Name, what)
		}
	}
	change("its AS", was.ASN, is.ASN)
	change("its router id", was.RouterID, is.RouterID)
	change("its addresses", was.Addrs, is.Addrs)
	change("over which paths it balances", was.Paths, is.Paths)
	change("which of equal paths it takes", was.Oldest, is.Oldest)
	change("whether it reflects", was.Reflects, is.Reflects)
	for _, r := range missing(was.Routes, is.Routes) {
		out.Addf(r.Pos, "%s: its own route to %s goes: closlab does not judge that", is.Name, r.Prefix)
	}
	for _, r := range missing(is.Routes, was.Routes) {
		out.Addf(r.Pos, "%s: its own route to %s comes: closlab does not judge that", is.Name, r.Prefix)
	}
}

// missing returns the routes of a that b does not have.
func missing(a, b []fabric.Route) []fabric.Route {
	same := func(x, y fabric.Route) bool {
		return x.Prefix == y.Prefix && x.Protocol == y.Protocol && x.Drop == y.Drop && x.Tag == y.Tag && slices.Equal(x.Via, y.Via)
	}
	return slices.DeleteFunc(slices.Clone(a), func(x fabric.Route) bool {
		return slices.ContainsFunc(b, func(y fabric.Route) bool { return same(x, y) })
	})
}
