package probe

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/observe"
)

// Each letter is a turn of 10 ms in which one pair after the other is asked: "+" answered, "-" lost.
func TestLosses(t *testing.T) {
	t.Parallel()
	const turn = 10 * time.Millisecond
	for _, c := range []struct {
		name, log string
		pairs     int
		want      observe.Loss
	}{
		{"nothing lost", "++++", 1, observe.Loss{Probes: 4}},
		{"lost for a while", "+--+", 1, observe.Loss{Probes: 4, Lost: 2, Gap: 3 * turn}},
		{"the longest of two", "+-+---+", 1, observe.Loss{Probes: 7, Lost: 4, Gap: 4 * turn}},
		{"lost until the end", "++--", 1, observe.Loss{Probes: 4, Lost: 2, Gap: 3 * turn, Open: 1}},
		{"lost from the beginning", "--++", 1, observe.Loss{Probes: 4, Lost: 2, Gap: 2 * turn}},
		{"never answered", "---", 1, observe.Loss{Probes: 3, Lost: 3, Gap: 3 * turn, Open: 1}},
		{"one of two pairs", "++-+-+++", 2, observe.Loss{Probes: 8, Lost: 2, Gap: 6 * turn}},
		{"two pairs at an end", "++----", 2, observe.Loss{Probes: 6, Lost: 4, Gap: 6 * turn, Open: 2}},
		{"no probe", "", 1, observe.Loss{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var log []sent
			for i := range c.log {
				log = append(log, sent{class: 1, pair: i % c.pairs, at: time.Duration(i) * turn})
			}
			got := losses([]string{"", ""}, log, func(i int) bool { return c.log[i] == '+' }, time.Duration(len(log))*turn)
			require.Equal(t, []observe.Loss{{}, c.want}, got)
		})
	}
}
