//go:build linux

package netns

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	alive "github.com/closlab/closlab/harness/lab"
	"github.com/closlab/closlab/harness/observe"
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
	name string
	of   func(testing.TB) *fabric.Fabric
}{
	{"mcp", func(tb testing.TB) *fabric.Fabric { return founding(tb).Fabric }},
	{"clos-100x400", func(tb testing.TB) *fabric.Fabric { return clos(tb, 8, 40, 4, 48) }},
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

// spent returns the processor time used by this process, and by the routers with the memory of which each has its share (PSS).
func (r *Runtime) spent(tb testing.TB) (self, routers time.Duration, pss []int) {
	var u syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	self = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	for _, n := range r.nodes {
		if n.speaker == nil {
			continue
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", n.speaker.Pid()))
		require.NoError(tb, err)
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:])) // from the third of proc_pid_stat(5)
		var user, system time.Duration
		_, err = fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
		require.NoError(tb, err)
		routers += (user + system) * time.Second / 100 // clock ticks
		rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", n.speaker.Pid()))
		require.NoError(tb, err)
		_, line, _ := strings.Cut(string(rollup), "\nPss:")
		kib := 0
		_, err = fmt.Sscan(line, &kib)
		require.NoError(tb, err)
		pss = append(pss, kib)
	}
	return self, routers, pss
}

// shrunk returns the memory of each router once they have given back what they no longer need: once no more is given back for two seconds.
func (r *Runtime) shrunk(tb testing.TB) []int {
	least, since := math.MaxInt/100, time.Now()
	for tick := time.NewTicker(200 * time.Millisecond); ; <-tick.C {
		_, _, pss := r.spent(tb)
		sum := 0
		for _, kib := range pss {
			sum += kib
		}
		if sum < least*99/100 {
			least, since = sum, time.Now()
		}
		if time.Since(since) > 2*time.Second {
			return pss
		}
	}
}

func BenchmarkZeroToSettled(b *testing.B) {
	for _, x := range bases {
		b.Run(x.name, func(b *testing.B) {
			f := x.of(b)
			var self, routers time.Duration
			var sum, most, count int
			for b.Loop() {
				before, _, _ := (&Runtime{}).spent(b)
				r := bring(b, f)
				b.StopTimer()
				after, theirs, _ := r.spent(b)
				pss := r.shrunk(b)
				self, routers = self+after-before, routers+theirs
				for _, kib := range pss {
					sum, count, most = sum+kib, count+1, max(most, kib)
				}
				require.NoError(b, r.Stop())
				b.StartTimer()
			}
			b.ReportMetric(self.Seconds()/float64(b.N), "parent-cpu-s/op")
			b.ReportMetric(routers.Seconds()/float64(b.N), "routers-cpu-s/op")
			b.ReportMetric(float64(sum)/float64(count)/1024, "PSS-MiB/router")
			b.ReportMetric(float64(most)/1024, "PSS-MiB/largest")
		})
	}
}

func BenchmarkTeardown(b *testing.B) {
	for _, x := range bases {
		b.Run(x.name, func(b *testing.B) {
			f := x.of(b)
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
	base := founding(b)
	cand, err := base.With("../../../scenarios/reordered-site-locals/candidate")
	require.NoError(b, err)
	r := bring(b, base.Fabric)
	defer r.Stop()
	live := alive.New(base.Fabric, r)
	checks := check.Of(base.Fabric)
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
}

// 20,000 flows to one VIP and their answers, with all that a snapshot shows besides.
func BenchmarkFlowsToAVIP(b *testing.B) {
	base := founding(b)
	r := bring(b, base.Fabric)
	defer r.Stop()
	for _, name := range []string{"free", "traffic-predictor6"} {
		b.Run(name, func(b *testing.B) {
			before, _, _ := r.spent(b)
			for b.Loop() {
				seen, err := r.Observe(observe.Request{Services: []string{name}, Sample: 20000})
				require.NoError(b, err)
				require.Equal(b, 20000, seen.Loads[0].Flows)
			}
			after, _, _ := r.spent(b)
			b.ReportMetric((after-before).Seconds()/float64(b.N), "parent-cpu-s/op")
		})
	}
}
