package sim

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// tangle draws a connected fabric of a few ASes whose policies filter, tag and prepend, which leaves one stable state.
func tangle(t *rapid.T) *builder {
	b := build()
	n := rapid.IntRange(2, 6).Draw(t, "routers")
	name := func(i int) string { return fmt.Sprint("r", i) }
	for i := range n {
		b.node(name(i), uint32(65001+i))
		for j := range i {
			if j == i-1 || rapid.Bool().Draw(t, "link") {
				b.link(name(j), name(i))
			}
		}
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "prefixes") {
		for range rapid.IntRange(1, 2).Draw(t, "origins") {
			at := b.at(name(rapid.IntRange(0, n-1).Draw(t, "origin")))
			at.Routes = append(at.Routes, ownRoute(i))
		}
	}
	for _, s := range b.f.Sessions {
		s.In[0], s.Out[0] = policy.Calls(drawPolicy(t)), policy.Calls(drawPolicy(t))
	}
	return b
}

func drawPolicy(t *rapid.T) *policy.Policy {
	tag := community(policy.Std(1, uint16(rapid.IntRange(0, 1).Draw(t, "tag"))))
	parts := []any{&policy.SetCommunity{Op: policy.CommunityAdd, Def: tag}}
	switch rapid.IntRange(0, 4).Draw(t, "what") {
	case 0:
		return pol("TAG", term(policy.NextTerm, parts...))
	case 1:
		return pol("PREPEND", term(policy.NextTerm, &policy.Prepend{ASNs: []uint32{64999}}))
	case 2:
		return pol("FILTER", term(policy.RejectRoute, prefixes(ownRoute(rapid.IntRange(0, 3).Draw(t, "filtered")).Prefix.String())))
	case 3:
		return pol("BY-TAG", term(policy.RejectRoute, &policy.MatchCommunity{AnyOf: []*policy.CommunityDef{tag}}))
	}
	return pol("NOTHING")
}

// atRest requires that both ends of every session agree, and that doing everything again changes nothing.
func atRest(t require.TestingT, s *Sim) {
	for _, p := range s.peers {
		for id := range int32(len(s.prefixes.list)) {
			require.Same(t, at(p.other.sent, id), at(p.received, id), "%s from %s", p.Node, p.Peer)
		}
	}
	before, err := s.Observe(observe.Request{})
	require.NoError(t, err)
	for _, n := range s.nodes {
		n.reimport, n.reexport = true, true
		n.markAll()
		n.work()
	}
	require.Zero(t, s.queue.Len(), "messages")
	after, err := s.Observe(observe.Request{})
	require.NoError(t, err)
	require.Equal(t, before, after)
}

// Whatever happened before, a fabric comes to rest where a new one with the same policies and faults does.
func TestHistoryLeavesNoTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := tangle(t)
		s := New(b.f, rapid.Uint64().Draw(t, "seed"))
		require.NoError(t, s.Settle(context.Background()))
		now := b.copy()
		broken := map[fabric.Fault]bool{}
		for range rapid.IntRange(1, 6).Draw(t, "events") {
			x := rapid.SampledFrom(now.f.Sessions).Draw(t, "session")
			fault := fabric.Fault{Kind: fabric.FaultKind(rapid.IntRange(0, 2).Draw(t, "kind")), A: x.Node, B: x.Peer}
			if fault.Kind == fabric.NodeDown {
				fault.B = ""
			} else if fault.A > fault.B {
				fault.A, fault.B = fault.B, fault.A
			}
			switch rapid.IntRange(0, 2).Draw(t, "event") {
			case 0:
				require.NoError(t, s.Break(fault))
				broken[fault] = true
			case 1:
				require.NoError(t, s.Mend(fault))
				delete(broken, fault)
			default:
				x.In[0], x.Out[0] = policy.Calls(drawPolicy(t)), policy.Calls(drawPolicy(t))
				require.NoError(t, s.Apply(now.f, x.Node))
			}
			if rapid.Bool().Draw(t, "wait") {
				require.NoError(t, s.Settle(context.Background()))
			}
		}
		require.NoError(t, s.Settle(context.Background()))
		atRest(t, s)

		fresh := New(now.f, 0)
		for fault := range broken {
			require.NoError(t, fresh.Break(fault))
		}
		require.NoError(t, fresh.Settle(context.Background()))
		want, err := fresh.Observe(observe.Request{})
		require.NoError(t, err)
		got, err := s.Observe(observe.Request{})
		require.NoError(t, err)
		got.At = want.At
		require.Equal(t, want, got)
	})
}
