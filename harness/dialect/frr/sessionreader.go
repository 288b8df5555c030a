package frr

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// sessionReader makes the chains of one session.
type sessionReader struct {
	cfg      *Config
	peer     *peer
	family   family
	session  *Session
	problems place.Problems
}

// idleNeighbor are neighbor commands that concern the session or its transport, or that closlab takes from the fabric.
var idleNeighbor = map[string]bool{"description": true, "password": true, "port": true, "passive": true, "timers": true, "update-source": true,
	"ebgp-multihop": true, "ttl-security": true, "disable-connected-check": true, "enforce-multihop": true, "capability dynamic": true,
	"capability extended-nexthop": true, "capability software-version": true, "capability link-local": true, "capability route-refresh": true, "fall-over": true, "capability fqdn": true, "dont-capability-negotiate": true,
	"override-capability": true, "strict-capability-match": true, "graceful-restart": true, "graceful-restart-helper": true, "graceful-restart-disable": true,
	"graceful-shutdown": false, "bfd": true, "tcp-mss": true, "advertisement-interval": true, "interface": true, "solo": true, "v6only": true,
	"disable-link-bw-encoding-ieee": true, "extended-optional-parameters": true, "enforce-first-as": true, "sender-as-path-loop-detection": true,
	"soft-reconfiguration": true, "maximum-prefix": true, "disable-addpath-rx": true, "ip-transparent": true, "rpki": false}

// judgedNeighbor are neighbor commands that are translated, or told to who binds the text.
var judgedNeighbor = map[string]bool{"remote-as": true, "local-as": true, "activate": true, "route-map in": true, "route-map out": true, "prefix-list in": true,
	"prefix-list out": true, "filter-list in": true, "filter-list out": true, "distribute-list in": true, "distribute-list out": true,
	"send-community standard": true, "send-community extended": true, "send-community large": true, "next-hop-self": true, "route-reflector-client": true}

func (x *sessionReader) problem(pos place.Pos, format string, args ...any) {
	x.problems.Addf(pos, "neighbor %s: %s", x.peer.name, fmt.Sprintf(format, args...))
}

// read judges what the peer says and makes the chains.
func (x *sessionReader) read() {
	said := x.peer.settings()
	for _, s := range order(said) {
		l := said[s]
		switch {
		case s.family != noFamily && s.family != x.family, judgedNeighbor[s.what], idleNeighbor[s.what]:
		case l.no: // what it takes away is not modelled, so that nothing is left to say
		case s.what == "shutdown":
			x.problem(l.pos, "it is shut down: closlab cannot judge a session that would not come up")
		default:
			x.problem(l.pos, "%s is not modelled and could change routes", shown(l.text()))
		}
	}
	if l, ok := x.peer.get(noFamily, "local-as"); ok && !l.no && l.word(1) != fmt.Sprint(x.cfg.ASN) {
		x.problem(l.pos, "%s: another AS than that of router bgp is not modelled", l.text())
	}
	x.limit()
	x.chains()
}

// limit reads `maximum-prefix N [THRESHOLD] [restart MINUTES] [warning-only] [force]`.
func (x *sessionReader) limit() {
	l, ok := x.peer.get(x.family, "maximum-prefix")
	if !ok || l.no || slices.Contains(l.words, "warning-only") {
		return
	}
	n, err := strconv.Atoi(l.word(1))
	if err != nil || n < 1 {
		x.problem(l.pos, "%s: want a number of routes", shown(l.text()))
		return
	}
	x.session.MostTaken, x.session.MostSent = n, slices.Contains(l.words, "force")
}

// use returns what the session's route-maps run for.
func (x *sessionReader) use(dir policy.Direction) Use {
	return Use{Direction: dir, V6: x.session.V6, External: x.session.External}
}

// acceptAll stands for a route-map that permits all. No route-map of a text has a name with a blank.
const acceptAll = "no route-map"

// routeMap returns the route-map of the direction, or a policy that does what FRR does without one.
func (x *sessionReader) routeMap(dir policy.Direction, name string) (*policy.Policy, place.Pos) {
	l, ok := x.peer.get(x.family, "route-map "+name)
	if ok && !l.no && l.word(1) != acceptAll {
		t := x.cfg.translator(x.use(dir))
		p := t.policy(l.word(1), l.pos, x.use(dir).entering())
		x.problems = append(x.problems, t.problems...)
		return p, l.pos
	}
	flow, why := policy.AcceptRoute, acceptAll
	if !ok && x.session.External && x.cfg.bgp.requiresPolicy && !x.filtered(name) {
		flow, why = policy.RejectRoute, "bgp ebgp-requires-policy"
	}
	return &policy.Policy{Name: why, Pos: x.peer.pos, Terms: []*policy.Term{{Name: why, Pos: x.peer.pos, Flow: flow}}}, x.peer.pos
}

// filterList is a list that a neighbor can be filtered with.
type filterList struct {
	command string
	kinds   [2]string // by family
}

// filterLists stand in the order in which bgpd asks them.
var filterLists = []filterList{
	{"distribute-list", [2]string{accessList4, accessList6}},
	{"prefix-list", [2]string{prefixList4, prefixList6}},
	{"filter-list", [2]string{asPathList, asPathList}},
}

func (x *sessionReader) filtered(dir string) bool {
	return slices.ContainsFunc(filterLists, func(f filterList) bool { return x.peer.on(x.family, f.command+" "+dir) })
}

// filters returns a policy a list that the neighbor is filtered with: it rejects what the list does not permit. A list that is not defined
// permits nothing, a prefix-list without entries everything.
func (x *sessionReader) filters(dir policy.Direction, name string) []*policy.Policy {
	var out []*policy.Policy
	for _, f := range filterLists {
		l, ok := x.peer.get(x.family, f.command+" "+name)
		if !ok || l.no {
			continue
		}
		t := x.cfg.translator(x.use(dir))
		p := &policy.Policy{Name: l.text(), Pos: l.pos}
		switch list := t.lookup(f.kinds[x.family], l.word(1), l.pos); {
		case list == nil:
		case len(list.bySeq) == 0:
			continue
		default:
			p.Terms = append(p.Terms, &policy.Term{Name: "permitted", Pos: l.pos, From: list.matches(false), Flow: policy.NextPolicy})
		}
		p.Terms = append(p.Terms, &policy.Term{Name: "denied", Pos: l.pos, Flow: policy.RejectRoute})
		x.problems = append(x.problems, t.problems...)
		out = append(out, p)
	}
	return out
}
