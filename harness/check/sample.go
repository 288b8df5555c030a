package check

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// sample is what was seen of the flows of one family.
type sample struct {
	sent, seen    int
	none, several int // that passed no node of Over, or more than one
	endings       map[observe.Ending]int
	skews         []skew // by node of Over
}

// skew is how unevenly senders use one node of Over.
type skew struct {
	from    string  // whose flows stray farthest
	share   float64 // of its flows
	senders int     // whose flows stray too far
}

// judgeFamily returns what is wrong in one family, or in words what is right.
func judgeFamily(f *fabric.Fabric, snap *observe.Snapshot, s fabric.Spread, fam fabric.Family, wanted []observe.Flows) ([]Finding, string) {
	over, each := f.Select(s.Over), enough(f, s, len(wanted))
	if n := wanted[0].Count; n < each {
		return []Finding{{Got: fmt.Sprintf("%d flows cannot support a tolerance of %g %%: send %d", n*len(wanted), s.Within, each*len(wanted))}}, ""
	}
	x := take(snap, over, wanted, s.Within/100)
	var out []Finding
	find := func(status Status, node, format string, args ...any) {
		out = append(out, Finding{Status: status, Node: node, Got: fmt.Sprintf(format, args...)})
	}
	if x.seen != x.sent {
		find(Unknown, "", "%d of %d %s flows observed", x.seen, x.sent, fam)
	}
	for _, e := range slices.Sorted(maps.Keys(x.endings)) {
		if n := x.endings[e]; n > 0 && e != observe.Delivered && e != observe.Unknown {
			find(Broken, "", "%d of %d %s flows: %s", n, x.sent, fam, e)
		}
	}
	for i, k := range x.skews {
		if k.senders > 0 {
			from, others := "", ""
			if len(wanted) > 1 {
				from, others = " from "+k.from, fmt.Sprintf(" (%d of %d senders uneven)", k.senders, len(wanted))
			}
			find(Broken, over[i].Name, "%.1f %% of the %s flows%s pass %s, want %.1f %%%s", 100*k.share, fam, from, over[i].Name, 100/float64(len(over)), others)
		}
	}
	if len(out) == 0 && x.none > 0 {
		find(Broken, "", "%d of %d %s flows pass no %s", x.none, x.sent, fam, s.Over)
	}
	if len(out) == 0 && x.several > 0 {
		find(Broken, "", "%d %s flows pass more than one %s", x.several, fam, s.Over)
	}
	return out, fmt.Sprintf("%d %s flows over %d nodes", x.sent, fam, len(over))
}

// take adds up the bundles that were wanted. The shares of one of which not every flow was seen are left alone.
func take(snap *observe.Snapshot, over []*fabric.Node, wanted []observe.Flows, within float64) sample {
	x := sample{endings: map[observe.Ending]int{}, skews: make([]skew, len(over))}
	want := 1 / float64(len(over))
	for _, w := range wanted {
		x.sent += w.Count
		i := slices.IndexFunc(snap.Bundles, func(b observe.Bundle) bool { return b.Flows == w })
		if i < 0 {
			continue
		}
		b, seen, through := snap.Bundles[i], 0, 0
		for e, n := range b.Endings {
			x.endings[e] += n
			if e != observe.Unknown {
				seen += n
			}
		}
		x.seen += seen
		if seen != w.Count {
			continue
		}
		for i, n := range over {
			through += b.Via[n.Name]
			x.skews[i].add(w.From, float64(b.Via[n.Name])/float64(w.Count), want, want*within)
		}
		x.none += max(0, w.Count-through)
		x.several += max(0, through-w.Count)
	}
	return x
}

// add counts one sender.
func (k *skew) add(from string, share, want, tolerance float64) {
	if off := math.Abs(share - want); !(off <= tolerance) {
		if k.senders++; k.senders == 1 || off > math.Abs(k.share-want) {
			k.from, k.share = from, share
		}
	}
}
