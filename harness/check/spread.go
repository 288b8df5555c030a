package check

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/multimog"
	"github.com/closlab/closlab/harness/observe"
)

// Confidence that a healthy fabric's sample stays within a tolerance that it is judged by.
const Confidence = 0.999

// mostFlows bounds what one check may ask to be sent in one family.
const mostFlows = 10_000_000

// Spread wants the flows from each node of From to To to arrive, and each to pass one node of Over, in equal shares within so many
// percent of the equal share. Every sender is judged by itself in each family: what one does unevenly no other evens out. If
// s.Flows is 0 as many are sent in each family as the tolerance needs; with fewer it is Unknown.
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
	if !has(f, s.To, fam) {
		return nil
	}
	var out []observe.Flows
	for _, from := range f.Select(s.From) {
		if from.Addrs[fam].IsValid() {
			out = append(out, observe.Flows{From: from.Name, To: s.To, Seed: s.Seed, V6: fam == fabric.V6})
		}
	}
	flows := s.Flows
	if flows == 0 {
		flows = enough(f, s, len(out)) * len(out)
	}
	if flows > mostFlows {
		return nil
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

// enough returns how many flows of each of so many senders the tolerance needs, for Confidence in all of them.
func enough(f *fabric.Fabric, s fabric.Spread, senders int) int {
	each := 1 - (1-Confidence)/float64(max(senders, 1))
	return max(multimog.FlowsFor(equal(len(f.Select(s.Over))), s.Within/100, each), 100)
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
	senders := f.Select(s.From)
	if need := enough(f, s, len(senders)) * len(senders); s.Flows == 0 && need > mostFlows {
		return unknown(fmt.Sprintf("a tolerance of %g %% needs %d flows, more than the %d that are sent", s.Within, need, mostFlows), want)
	}
	var passed []string
	sends := map[string]bool{}
	for _, fam := range fabric.Families {
		wanted := bundles(f, s, fam)
		if len(wanted) == 0 {
			continue
		}
		for _, w := range wanted {
			sends[w.From] = true
		}
		bad, good := judgeFamily(f, snap, s, fam, wanted)
		out = append(out, bad...)
		passed = append(passed, good)
	}
	idle := slices.DeleteFunc(names(senders, func(n *fabric.Node) string { return n.Name }), func(name string) bool { return sends[name] })
	switch {
	case len(passed) == 0:
		return unknown(fmt.Sprintf("no flow from %s to %s to send", s.From, s.To), want)
	case len(idle) > 0:
		out = append(out, Finding{Got: fmt.Sprintf("no flow from %s to %s to send", list(idle), s.To)})
	case len(out) == 0:
		return ok(list(passed), want)
	}
	for i := range out {
		out[i].Want = want
	}
	return out
}
