package gate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// account gives findings that were observed and not predicted their reasons. The first n nodes of the order run the candidate.
func (g *gate) account(findings []check.Finding, was, now *observe.Snapshot, n int) {
	t := g.tracer(was, now, n)
	for i := range findings {
		findings[i].Because = t.whereabouts(findings[i])
	}
}

// whereabouts tells what became of the route that a broken finding misses: what its node does with the packets now and did at the
// baseline, which sessions the route no longer comes over, and the terms that keep it from them if the candidate's do. It tells nothing
// if the node forwards as it did.
func (t *tracer) whereabouts(f check.Finding) []check.Reason {
	dest, ok := destination(f)
	was, now := t.was.Tables[f.Node], t.now.Tables[f.Node]
	if !ok || f.Status != check.Broken || was == nil || now == nil {
		return nil
	}
	before, after := forwarding(was, dest), forwarding(now, dest)
	if before == after {
		return nil
	}
	hop := check.Reason{Text: fmt.Sprintf("%s has %s to %s now; at the baseline it had %s", f.Node, after, f.Prefix, before)}
	return append([]check.Reason{hop}, t.withdrawals(f.Node, dest, map[string]bool{})...)
}

// destination returns the prefix that a finding is about; that of an address is the address alone.
func destination(f check.Finding) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(f.Prefix); err == nil {
		return p, true
	}
	a, err := netip.ParseAddr(f.Prefix)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

// forwarding says what a forwarding table does with packets to dest.
func forwarding(t *observe.Table, dest netip.Prefix) string {
	best := observe.Forward{}
	for _, f := range t.FIB {
		if f.Prefix.Bits() <= dest.Bits() && f.Prefix.Contains(dest.Addr()) && (!best.Prefix.IsValid() || f.Prefix.Bits() > best.Prefix.Bits()) {
			best = f
		}
	}
	switch {
	case !best.Prefix.IsValid():
		return "no route"
	case best.Drop:
		return fmt.Sprintf("the discard route %s", best.Prefix)
	}
	return fmt.Sprintf("%s via %s", best.Prefix, strings.Join(best.Hops, ", "))
}

// withdrawals goes back along the sessions that the route to dest came to node over at the baseline, to those that do not carry it any
// more though their sender still has it.
func (t *tracer) withdrawals(node string, dest netip.Prefix, seen map[string]bool) []check.Reason {
	table := t.was.Tables[node]
	if seen[node] || table == nil {
		return nil
	}
	seen[node] = true
	entry, ok := longest(table, dest)
	if !ok {
		return nil
	}
	var out []check.Reason
	for _, p := range entry.Paths {
		if there, _ := t.now.Session(node, p.Peer); !p.Active || contain(there.Received, entry.Prefix) {
			continue // it still comes
		}
		s, _ := t.now.Session(p.Peer, node)
		say := func(format string, args ...any) {
			out = append(out, check.Reason{Text: fmt.Sprintf("%s: ", observe.SessionName(p.Peer, node)) + fmt.Sprintf(format, args...)})
		}
		switch {
		case p.Peer == "" && t.has(node, entry.Prefix):
		case p.Peer == "":
			out = append(out, check.Reason{Text: fmt.Sprintf("%s was %s's own route", entry.Prefix, node)})
		case !s.Up:
			say("down: %s", s.Why)
		case !t.has(p.Peer, entry.Prefix):
			out = append(out, t.withdrawals(p.Peer, entry.Prefix, seen)...)
		case contain(s.Sent, entry.Prefix):
			say("%s sends %s, but %s does not accept it any more", p.Peer, entry.Prefix, node)
			out = append(out, t.terms(p.Peer, node, entry.Prefix)...)
		default:
			say("%s has %s, but does not send it any more", p.Peer, entry.Prefix)
			out = append(out, t.terms(p.Peer, node, entry.Prefix)...)
		}
	}
	return out
}

// terms returns those that keep a prefix from its way over a session now.
func (t *tracer) terms(from, to string, p netip.Prefix) []check.Reason {
	if c := t.direct(from, to, p, Withdrawn); c != nil {
		return c.Because
	}
	return nil
}

func contain(routes []policy.Route, p netip.Prefix) bool {
	return slices.ContainsFunc(routes, func(r policy.Route) bool { return r.Prefix == p })
}

// has reports whether a router has a route to the prefix that it uses.
func (t *tracer) has(node string, p netip.Prefix) bool {
	table := t.now.Tables[node]
	return table != nil && holds(table)(p)
}
