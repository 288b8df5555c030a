package netns_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/runtime/netns"
	"github.com/closlab/closlab/harness/speaker"
)

func TestMain(m *testing.M) {
	speaker.Hijack()
	os.Exit(m.Run())
}

func TestTheSiteSettlesAsPredicted(t *testing.T) {
	base, err := candidate.Load("../../../topologies/mcp")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	start := time.Now()
	r, err := netns.New(base.Fabric, netns.Options{Log: os.Stderr})
	require.NoError(t, err)
	defer r.Stop()
	t.Log("up", time.Since(start))
	err = r.Settle(ctx)
	t.Log("settled", time.Since(start))
	for _, d := range r.Differences() {
		t.Log(d)
	}
	require.NoError(t, err)
	require.Empty(t, r.Differences())
}
