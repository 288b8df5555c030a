package junos

import (
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/policy"
)

// The routes of the model are IPv4 and IPv6 unicast routes of BGP and of the router itself, in the routing tables inet.0 and
// inet6.0 of the main instance. A condition on anything else holds for none of them.

// elsewhere are the conditions that only routes outside of the model can meet: those of OSPF and IS-IS, and the routes
// of other address families.
var elsewhere = map[string]bool{
	"area": true, "external": true, "level": true,
	"evpn-esi": true, "evpn-etag": true, "evpn-mac-route": true, "mac-filter-list": true, "nlri-route-type": true,
	"route-distinguisher": true, "rtf-prefix-list": true, "traffic-engineering": true,
}

// otherProtocols are protocols of Junos that package policy does not know and no route of the model comes from.
var otherProtocols = map[string]bool{
	"anchor": true, "ari-exchange": true, "ari-ts": true, "bgp-ls-epe": true, "bgp-static": true, "dvmrp": true, "dynamic-tunnel": true,
	"egress-te": true, "frr": true, "l-isis": true, "l-ldp": true, "l-ospf": true, "mpls": true, "mvpn": true, "rtarget": true,
	"spring-te": true, "static-te": true, "vxlan": true,
}

// none returns a condition that no route of the model meets.
func (r *reader) none(side string, ss []conf.Statement) policy.Match {
	var names []string
	for _, s := range ss {
		names = append(names, strings.Join(s.Words, " "))
	}
	r.pass(ss[0].Pos, side+" "+strings.Join(names, " or ")+" (no route of the model meets it)")
	m := policy.NewMatchPrefix(names, nil, nil)
	r.cfg.foreign[m] = true
	return m
}

// fromFamily reads family and rib.
func (r *reader) fromFamily(ss []conf.Statement) policy.Match {
	name, ok := r.single(ss)
	switch {
	case !ok:
		return nil
	case name == "inet" || name == "inet.0":
		return &policy.MatchFamily{}
	case name == "inet6" || name == "inet6.0":
		return &policy.MatchFamily{V6: true}
	}
	return r.none("from", ss)
}

// fromInstance reads instance. The main instance goes by the name master.
func (r *reader) fromInstance(ss []conf.Statement) policy.Match {
	for _, s := range ss {
		if name, ok := r.value(s); !ok || name == "master" {
			return nil
		}
	}
	return r.none("from", ss)
}

func (r *reader) fromProtocol(ss []conf.Statement) policy.Match {
	m := &policy.MatchProtocol{}
	others := 0
	for _, s := range ss {
		name, ok := r.value(s)
		if !ok {
			continue
		}
		p, known := policy.ParseProtocol(name)
		switch {
		case known:
			m.AnyOf = append(m.AnyOf, p)
		case otherProtocols[name]:
			others++
		default:
			r.problem(s.Pos, "protocol %s is not known", name)
		}
	}
	if len(m.AnyOf) == 0 && others > 0 {
		return r.none("from", ss)
	}
	return m
}
