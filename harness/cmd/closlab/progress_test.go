package main

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// The time of these tests is synctest's own: it stands still while anything runs, and nothing waits.
func TestWhatTakesLongIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told bytes.Buffer
		tell := telling(withProgress(t.Context(), &told))
		tell("reading")
		tell("settling")
		time.Sleep(quick - time.Millisecond)
		require.Empty(t, told.String())
		time.Sleep(time.Millisecond)
		synctest.Wait()
		require.Equal(t, "closlab: settling\n", told.String(), "what is under way when a second is over")
		tell("observing")
		require.Equal(t, "closlab: settling\ncloslab: observing\n", told.String())
	})
}

func TestWhatIsQuickStaysQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told bytes.Buffer
		ctx, done := context.WithCancel(t.Context())
		telling(withProgress(ctx, &told))("settling")
		done()
		time.Sleep(2 * quick)
		require.Empty(t, told.String())
	})
}
