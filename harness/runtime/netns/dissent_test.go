//go:build linux

package netns

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/probe"
)

func TestDissent(t *testing.T) {
	t.Parallel()
	arrives := observe.Walk{Ending: observe.Delivered, Hops: []string{"a", "b"}}
	lost := func(share float64) observe.Walk {
		return observe.Walk{Ending: observe.NoRoute, Hops: []string{"a", "leaf"}, Lost: share}
	}
	for _, c := range []struct {
		name      string
		out, back observe.Walk
		answer    probe.Answer
		flows     int
		want      string // "" if all agree
	}{
		{"delivered", arrives, arrives, probe.Answer{Echo: true, Came: 1, Replied: 1}, 1, ""},
		{"no echo", arrives, arrives, probe.Answer{Came: 1, Replied: 1}, 1, "ICMP disagrees with the kernels' forwarding tables, " +
			"which say delivered: the echo was not answered; of 1 flows 1 arrived and 1 were answered"},
		{"no flow", arrives, arrives, probe.Answer{Echo: true}, 1, "UDP disagrees"},
		{"nothing", arrives, arrives, probe.Answer{}, 1, "ICMP and UDP disagree"},
		{"lost", lost(1), observe.Walk{}, probe.Answer{}, 1, ""},
		{"lost, but for the echo", lost(1), observe.Walk{}, probe.Answer{Echo: true}, 1, "ICMP disagrees with the kernels' forwarding tables, which say no route at leaf:"},
		{"lost, but it came", lost(1), observe.Walk{}, probe.Answer{Came: 1}, 1, "UDP disagrees"},
		{"lost on the way back", arrives, lost(1), probe.Answer{Came: 1}, 1, ""},
		{"lost on the way back but for rounding", arrives, lost(1 - 1e-15), probe.Answer{Came: 1}, 1, ""},
		{"lost on the way there, too", arrives, lost(1), probe.Answer{}, 1, "UDP disagrees with the kernels' forwarding tables, which say no route at leaf on the way back:"},
		{"half", lost(0.5), observe.Walk{}, probe.Answer{Came: 9, Replied: 9}, 20, ""},
		{"half, and the echo took a good path", lost(0.5), observe.Walk{}, probe.Answer{Echo: true, Came: 9, Replied: 3}, 20, ""},
		{"half, but all came", lost(0.5), observe.Walk{}, probe.Answer{Echo: true, Came: 20, Replied: 20}, 20, "UDP disagrees with the kernels' forwarding tables, which say no route at leaf on 50 % of the paths:"},
		{"half, but none came", lost(0.5), observe.Walk{}, probe.Answer{}, 20, "UDP disagrees"},
		{"half of the way back", arrives, lost(0.5), probe.Answer{Came: 20, Replied: 9}, 20, ""},
		{"half of the way back, but not all came", arrives, lost(0.5), probe.Answer{Came: 19, Replied: 9}, 20, "UDP disagrees"},
		{"half of the way back, but all were answered", arrives, lost(0.5), probe.Answer{Echo: true, Came: 20, Replied: 20}, 20, "UDP disagrees"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := dissent(observe.Trip{Out: c.out, Back: c.back}, c.answer, c.flows)
			require.Contains(t, got, c.want)
			require.Equal(t, c.want == "", got == "", got)
		})
	}
}

func TestFlowsToSeeAPartialLossWith(t *testing.T) {
	t.Parallel()
	require.Equal(t, 20, flowsFor(0.5))
	require.Equal(t, flowsFor(0.25), flowsFor(0.75))
	require.Equal(t, 49, flowsFor(0.25))
	require.Equal(t, mostFlows, flowsFor(1e-9))
}
