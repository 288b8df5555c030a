package check_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

func BenchmarkJudge(b *testing.B) {
	f := small(b)
	checks := check.Of(f)
	s := healthy(f, checks...)
	judging(b, f, s, append(checks, check.Same(healthy(f, checks...)))...)
}

// wide returns a fabric in which 64 leaves, each with two prefixes, meet 64 spines.
func wide(tb testing.TB) *fabric.Fabric {
	f, err := fabric.Parse("wide.yaml", []byte(`
name: wide
tiers:
  spine: {count: 64, asn: 65000}
  leaf:  {count: 64, asn_from: 65101, owns: racks}
prefixes:
  racks: {block: [10.20.0.0/16, "fd00:20::/48"], each: [24, 64]}
links: [{from: leaf, to: spine}]
`))
	require.NoError(tb, err)
	return f
}

// judging times the judgement of one snapshot by checks that all hold, or all fail, in it.
func judging(b *testing.B, f *fabric.Fabric, s *observe.Snapshot, checks ...check.Check) {
	b.ReportAllocs()
	for b.Loop() {
		for _, c := range checks {
			c.Judge(f, s)
		}
	}
}

// 64 leaves reach each other in both families: 8064 trips.
func BenchmarkReach64x64(b *testing.B) {
	f, c := wide(b), check.Reach("leaf", "leaf")
	for _, ending := range []observe.Ending{observe.Delivered, observe.NoRoute} {
		b.Run(fmt.Sprint(ending), func(b *testing.B) {
			s := healthy(f, c)
			require.Len(b, s.Trips, 64*63*2)
			lose(s, ending, "spine1", false, func(observe.Trip) bool { return ending != observe.Delivered })
			judging(b, f, s, c)
		})
	}
}

// 4096 sessions, 8192 ends.
func BenchmarkSessions64x64(b *testing.B) {
	f, c := wide(b), check.SessionsUp()
	judging(b, f, healthy(f, c), c)
}

func BenchmarkSame64x64(b *testing.B) {
	f, c := wide(b), check.Reach("leaf", "leaf")
	before := healthy(f, c)
	judging(b, f, healthy(f, c), check.Same(before))
}
