//go:build linux

package netns

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/daemons"
	"github.com/closlab/closlab/harness/fabric"
	alive "github.com/closlab/closlab/harness/lab"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/speaker"
)

// clos returns a Clos of spines, leaves and edges that all meet, and of racks below the leaves in turn. Every rack owns a prefix
// of each family.
func clos(tb testing.TB, spines, leaves, edges, racks int) *fabric.Fabric {
	var y strings.Builder
	fmt.Fprintf(&y, `name: clos-%d
tiers:
  spine: {count: %d, asn: 65000}
  leaf:  {count: %d, asn_from: 65101}
  edge:  {count: %d, asn_from: 65501}
  rack:  {count: %d, asn_from: 66001, owns: racks}
prefixes:
  racks: {block: [10.20.0.0/16, "fd00:20::/48"], each: [24, 64]}
invariants:
  - {name: sessions, sessions: all}
links:
  - {from: [leaf, edge], to: spine}
`, spines+leaves+edges+racks, spines, leaves, edges, racks)
	for i := range racks {
		fmt.Fprintf(&y, "  - {from: rack%d, to: leaf%d}\n", i+1, i%leaves+1)
	}
	f, err := fabric.Parse("clos.yaml", []byte(y.String()))
	require.NoError(tb, err)
	return f
}

// bases are the fabrics that are brought up.
var bases = []struct {
	name   string
	engine string
	of     func(testing.TB) *fabric.Fabric
}{
	{"mcp", speaker.GoBGP, mcp}, {"mcp-frr", speaker.FRR, mcp},
	{"clos-100x400", speaker.GoBGP, hundred}, {"clos-100x400-frr", speaker.FRR, hundred},
}

func mcp(tb testing.TB) *fabric.Fabric { return founding(tb).Fabric }

func hundred(tb testing.TB) *fabric.Fabric { return clos(tb, 8, 40, 4, 48) }

// on returns a fabric all of whose routers run the engine. Without FRR there is nothing to measure of it.
func on(b *testing.B, engine string, f *fabric.Fabric) *fabric.Fabric {
	if err := daemons.Installed(); engine == speaker.FRR && err != nil {
		b.Skip(err)
	}
	f.RunOn(engine)
	return f
}

func founding(tb testing.TB) *candidate.Base {
	base, err := candidate.Load("../../../topologies/mcp")
	require.NoError(tb, err)
	return base
}

// bring brings a fabric up and waits until it is as predicted.
func bring(b *testing.B, f *fabric.Fabric) *Runtime {
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Minute)
	defer cancel()
	r, err := New(b.Context(), f, Options{Log: os.Stderr})
	require.NoError(b, err)
	if err := r.Settle(ctx); err != nil || len(r.Differences()) > 0 {
		require.NoError(b, errors.Join(err, r.Stop()))
		require.Empty(b, r.Differences())
	}
	return r
}

func BenchmarkZeroToSettled(b *testing.B) {
	for _, x := range bases {
		b.Run(x.name, func(b *testing.B) {
			f := on(b, x.engine, x.of(b))
			var parent, routers time.Duration
			var sum, most, count int
			for b.Loop() {
				before := self(b)
				r := bring(b, f)
				b.StopTimer()
				parent, routers = parent+self(b)-before, routers+r.spent(b)
				for _, kib := range r.shrunk(b) {
					sum, count, most = sum+kib, count+1, max(most, kib)
				}
				require.NoError(b, r.Stop())
				b.StartTimer()
			}
			b.ReportMetric(parent.Seconds()/float64(b.N), "parent-cpu-s/op")
			b.ReportMetric(routers.Seconds()/float64(b.N), "routers-cpu-s/op")
			b.ReportMetric(float64(sum)/float64(count)/1024, "PSS-MiB/router")
			b.ReportMetric(float64(most)/1024, "PSS-MiB/largest")
		})
	}
}

func BenchmarkTeardown(b *testing.B) {
	for _, x := range bases {
		if x.engine == speaker.FRR {
			continue // the same processes and namespaces end, more of them
		}
		b.Run(x.name, func(b *testing.B) {
			f := on(b, x.engine, x.of(b))
			for b.Loop() {
				b.StopTimer()
				r := bring(b, f)
				b.StartTimer()
				require.NoError(b, r.Stop())
			}
		})
	}
}

// The founding candidate, from the first router that it is applied to until the last check has judged; settled-s is until the last router has settled.
func BenchmarkApplyToSettled(b *testing.B) {
	for _, engine := range []string{speaker.GoBGP, speaker.FRR} {
		b.Run(engine, func(b *testing.B) {
			base := founding(b)
			on(b, engine, base.Fabric)
			cand, err := base.With("../../../scenarios/reordered-site-locals/candidate")
			require.NoError(b, err)
			r := bring(b, base.Fabric)
			defer r.Stop()
			live, checks := alive.New(base.Fabric, r), check.Of(base.Fabric)
			var settled time.Duration
			for b.Loop() {
				start := time.Now()
				for _, node := range cand.Order {
					require.NoError(b, live.Apply(b.Context(), cand.After, node))
					require.Empty(b, r.Differences())
				}
				settled += time.Since(start)
				seen, err := r.Observe(check.RequestOf(base.Fabric, checks...))
				require.NoError(b, err)
				for _, c := range checks {
					c.Judge(base.Fabric, seen)
				}
				b.StopTimer()
				require.NoError(b, live.Rollback(b.Context()))
				b.StartTimer()
			}
			b.ReportMetric(settled.Seconds()/float64(b.N), "settled-s/op")
		})
	}
}

// 20,000 flows to one VIP and their answers, with all that a snapshot shows besides.
func BenchmarkFlowsToAVIP(b *testing.B) {
	base := founding(b)
	r := bring(b, base.Fabric)
	defer r.Stop()
	for _, name := range []string{"free", "traffic-predictor6"} {
		b.Run(name, func(b *testing.B) {
			before := self(b)
			for b.Loop() {
				seen, err := r.Observe(observe.Request{Services: []string{name}, Sample: 20000})
				require.NoError(b, err)
				require.Equal(b, 20000, seen.Loads[0].Flows)
			}
			b.ReportMetric((self(b)-before).Seconds()/float64(b.N), "parent-cpu-s/op")
		})
	}
}
