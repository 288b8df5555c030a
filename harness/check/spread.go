package check

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/multimog"
	"github.com/closlab/closlab/harness/observe"
)

// Confidence that a healthy fabric's sample stays within a tolerance that it is judged by.
const Confidence = 0.999

// mostFlows bounds what one check may ask to be sent in one family.
const mostFlows = 10_000_000

// Spread wants the flows from the nodes of From to To to arrive, and each to pass one node of Over, in equal shares within so
// many percent of the equal share; in each family by itself, all senders taken together. If s.Flows is 0 as
// many are sent in each family as the tolerance needs; with fewer it is Unknown.
func Spread(s fabric.Spread) Check { return spread(s) }

func spread(s fabric.Spread) Check {
	return Check{
		Name: "spread",
		needs: func(f *fabric.Fabric) observe.Request {
			return observe.Request{Flows: slices.Concat(bundles(f, s, fabric.V4), bundles(f, s, fabric.V6))}
		},
		judge: func(f *fabric.Fabric, snap *observe.Snapshot) []Finding { return judgeSpread(f, snap, s) },
	}
}

// bundles divides the flows of one family over the senders that have it; none if To does not have it, or if more flows are needed
// than may be sent.
func bundles(f *fabric.Fabric, s fabric.Spread, fam fabric.Family) []observe.Flows {
	flows := s.Flows
	if flows == 0 {
		flows = enough(f, s)
	}
	if !has(f, s.To, fam) || flows > mostFlows {
		return nil
	}
	var out []observe.Flows
	for _, from := range f.Select(s.From) {
		if from.Addrs[fam].IsValid() {
			out = append(out, observe.Flows{From: from.Name, To: s.To, Seed: s.Seed, V6: fam == fabric.V6})
		}
	}
	for i := range out {
		out[i].Count = (flows + len(out) - 1) / len(out)
	}
	return out
}

// has reports whether flows to a node, tier, prefix group or service can be of the family.
func has(f *fabric.Fabric, to string, fam fabric.Family) bool {
	if v := f.Service(to); v != nil {
		return fabric.FamilyOf(v.VIP) == fam
	}
	for _, p := range f.PrefixesOf([]string{to}) {
		if fabric.FamilyOf(p.Addr()) == fam {
			return true
		}
	}
	return slices.ContainsFunc(f.Select(to), func(n *fabric.Node) bool { return n.Addrs[fam].IsValid() })
}

// enough returns how many flows the tolerance needs.
func enough(f *fabric.Fabric, s fabric.Spread) int {
	return max(multimog.FlowsFor(equal(len(f.Select(s.Over))), s.Within/100, Confidence), 100)
}

func equal(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

func judgeSpread(f *fabric.Fabric, snap *observe.Snapshot, s fabric.Spread) []Finding {
	want := fmt.Sprintf("flows from %s to %s pass each %s in equal shares within %g %%", s.From, s.To, s.Over, s.Within)
	out := append(meaningless([]string{s.From}, "node", nodes(f), want), meaningless([]string{s.Over}, "node", nodes(f), want)...)
	if len(out) > 0 {
		return out
	}
	if need := enough(f, s); s.Flows == 0 && need > mostFlows {
		return unknown(fmt.Sprintf("a tolerance of %g %% needs %d flows, more than the %d that are sent", s.Within, need, mostFlows), want)
	}
	var passed []string
	for _, fam := range fabric.Families {
		wanted := bundles(f, s, fam)
		if len(wanted) == 0 {
			continue
		}
		bad, good := judgeFamily(f, snap, s, fam, wanted)
		out = append(out, bad...)
		passed = append(passed, good)
	}
	switch {
	case len(passed) == 0:
		return unknown(fmt.Sprintf("no flow from %s to %s to send", s.From, s.To), want)
	case len(out) == 0:
		return ok(list(passed), want)
	}
	for i := range out {
		out[i].Want = want
	}
	return out
}

// judgeFamily returns what is wrong in one family, or in words what is right.
func judgeFamily(f *fabric.Fabric, snap *observe.Snapshot, s fabric.Spread, fam fabric.Family, wanted []observe.Flows) ([]Finding, string) {
	sent, via, endings, seen := 0, map[string]int{}, map[observe.Ending]int{}, 0
	for _, w := range wanted {
		sent += w.Count
		i := slices.IndexFunc(snap.Bundles, func(b observe.Bundle) bool { return b.Flows == w })
		if i < 0 {
			continue
		}
		for node, n := range snap.Bundles[i].Via {
			via[node] += n
		}
		for e, n := range snap.Bundles[i].Endings {
			endings[e] += n
			if e != observe.Unknown {
				seen += n
			}
		}
	}
	if seen != sent {
		return []Finding{{Got: fmt.Sprintf("%d of %d %s flows observed", seen, sent, fam)}}, ""
	}
	if need := enough(f, s); sent < need {
		return []Finding{{Got: fmt.Sprintf("%d flows cannot support a tolerance of %g %%: send %d", sent, s.Within, need)}}, ""
	}
	var out []Finding
	broken := func(node, format string, args ...any) {
		out = append(out, Finding{Status: Broken, Node: node, Got: fmt.Sprintf(format, args...)})
	}
	for _, e := range slices.Sorted(maps.Keys(endings)) {
		if n := endings[e]; n > 0 && e != observe.Delivered {
			broken("", "%d of %d %s flows: %s", n, sent, fam, e)
		}
	}
	over := f.Select(s.Over)
	share, through := 1/float64(len(over)), 0
	for _, n := range over {
		through += via[n.Name]
		if got := float64(via[n.Name]) / float64(sent); math.Abs(got-share) > share*s.Within/100 {
			broken(n.Name, "%.1f %% of the %s flows pass %s, want %.1f %%", 100*got, fam, n.Name, 100*share)
		}
	}
	switch {
	case len(out) > 0:
	case through < sent:
		broken("", "%d of %d %s flows pass no %s", sent-through, sent, fam, s.Over)
	case through > sent:
		broken("", "%d %s flows pass more than one %s", through-sent, fam, s.Over)
	}
	return out, fmt.Sprintf("%d %s flows over %d nodes", sent, fam, len(over))
}
