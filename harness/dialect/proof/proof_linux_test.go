package proof_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/osrg/gobgp/v4/api"
	"github.com/stretchr/testify/require"
)

var (
	wanted = flag.Int("pairs", 20_000, "how many pairs of a policy and a route each engine is to try")
	routes = flag.Int("routes", 600, "how many routes meet the policies of one trial")
	seed   = flag.Uint64("seed", 20220621, "of the random policies and routes")
)

// limited returns a context that ends before the test's deadline, so that what hangs is named.
func limited(t *testing.T) context.Context {
	ctx := t.Context()
	if end, ok := t.Deadline(); ok {
		limited, cancel := context.WithDeadline(ctx, end.Add(-5*time.Second))
		t.Cleanup(cancel)
		ctx = limited
	}
	return ctx
}

// TestTranslationsDoWhatApplySays lets random policies loose on live routes: what bgpd and GoBGP do with what they are given must be what Apply
// says of the policies it was made from. A policy that disagrees is shrunk to a minimal one. More of it by -pairs.
func TestTranslationsDoWhatApplySays(t *testing.T) {
	for name, start := range map[string]func(*testing.T) *engine{
		"FRR":   func(t *testing.T) *engine { return newBGPd(limited(t), t, func(line string) string { return line }) },
		"GoBGP": func(t *testing.T) *engine { return newGoBGP(limited(t), t, func(*api.Statement) {}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := start(t)
			pairs, policies, refused := 0, 0, 0
			for n := uint64(0); pairs < *wanted; n++ {
				tr, cannot := e.express(randomTrial(rand.New(rand.NewPCG(*seed, n)), *routes))
				more, ds := tr.compare(e.name, e.run(tr))
				pairs, policies, refused = pairs+more, policies+len(tr.chains), refused+cannot
				if len(ds) > 0 {
					require.Fail(t, "a translation does not do what Apply says", "%d routes of trial %d of -seed %d; in short:\n%s", len(ds), n, *seed, e.shrink(tr, ds[0]))
				}
			}
			t.Logf("%d pairs of a policy and a route: %d policies; %d more were refused", pairs, policies, refused)
		})
	}
}
