package sim

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/policy"
)

// threeTiers returns a Clos fabric of pods with leaves that have four uplinks each, and of cores in four planes. Leaves
// send what is theirs, tagged; everybody takes what is not too long.
func threeTiers(pods, leaves, coresPerPlane, prefixes int) *builder {
	const planes = 4
	b := build()
	tag := community(policy.Std(65000, 1))
	own := pol("LEAF-OUT",
		term(all, &policy.MatchRouteType{External: false}, &policy.MatchProtocol{AnyOf: []policy.Protocol{policy.BGP}},
			&policy.SetCommunity{Op: policy.CommunityAdd, Def: tag}),
		term(policy.RejectRoute))
	tagged := pol("TAGGED", term(all, &policy.MatchCommunity{AnyOf: []*policy.CommunityDef{tag}}), term(policy.RejectRoute))
	for i := range planes * coresPerPlane {
		b.node(fmt.Sprint("core", i), 65000)
	}
	core := b.f.Nodes
	for pod := range pods {
		aggs := make([]string, planes)
		for plane := range planes {
			aggs[plane] = fmt.Sprintf("agg%d-%d", pod, plane)
			b.node(aggs[plane], uint32(4200000000+pod))
			for i := range coresPerPlane {
				b.join(core[plane*coresPerPlane+i].Name, aggs[plane], 65000, uint32(4200000000+pod), tagged, tagged)
			}
		}
		for i := range leaves {
			n, leaf := pod*leaves+i, fmt.Sprintf("leaf%d-%d", pod, i)
			b.node(leaf, uint32(4210000000+n))
			for _, agg := range aggs {
				b.join(agg, leaf, uint32(4200000000+pod), uint32(4210000000+n), tagged, own)
			}
			for k := n; k < prefixes; k += pods * leaves {
				last := b.f.Nodes[len(b.f.Nodes)-1]
				last.Routes = append(last.Routes, ownRoute(k))
			}
		}
	}
	return b
}

func BenchmarkSettleThreeTiers(b *testing.B) {
	for _, c := range []struct{ pods, leaves, cores, prefixes int }{{10, 20, 3, 250}, {20, 20, 5, 500}, {40, 20, 10, 1000}} {
		f := threeTiers(c.pods, c.leaves, c.cores, c.prefixes).f
		name := fmt.Sprintf("routers=%d/prefixes=%d", len(f.Nodes), c.prefixes)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := New(f, 1)
				require.NoError(b, s.Settle(context.Background()))
				b.ReportMetric(heapInUse(), "MiB-live")
				b.ReportMetric(float64(s.now.Milliseconds()), "virtual-ms")
				runtime.KeepAlive(s)
			}
		})
	}
}

func heapInUse() float64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse) / (1 << 20)
}
