package gate_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// spoiled is a live fabric that is a simulation, and not always an honest one.
type spoiled struct {
	*sim.Sim
	looks       int
	differences []string
	notes       []string
	apply       func(f *fabric.Fabric, node string) error
	inject      func(node string, r policy.Route) error
	observe     func(*observe.Snapshot) (*observe.Snapshot, error)
}

func (s *spoiled) Apply(f *fabric.Fabric, node string) error {
	if s.apply != nil {
		return s.apply(f, node)
	}
	return s.Sim.Apply(f, node)
}

func (s *spoiled) Inject(node, peer string, r policy.Route) error {
	if s.inject != nil {
		return s.inject(node, r)
	}
	return s.Sim.Inject(node, peer, r)
}

func (s *spoiled) Observe(req observe.Request) (*observe.Snapshot, error) {
	snap, err := s.Sim.Observe(req)
	if err != nil {
		return nil, err
	}
	s.looks++
	snap.At += time.Duration(s.looks) // a live clock never stands still
	if s.observe != nil {
		return s.observe(snap)
	}
	return snap, nil
}

// live returns the fabric as the gate takes it.
func (s *spoiled) live() *gate.Live {
	return &gate.Live{Runtime: s, Name: "sim none 0", Stop: func() error { return nil }, Differences: func() []string { return s.differences },
		Notes: func() []string { return s.notes }}
}

// spoil judges a candidate for mcp on live fabrics of which edit may spoil the first, or the stage.
func spoil(t *testing.T, files map[string]string, stage bool, edit func(*spoiled) error) *gate.Verdict {
	t.Helper()
	base, err := candidate.Load(mcp)
	require.NoError(t, err)
	c, err := base.With(write(t, files))
	require.NoError(t, err)
	return gate.Run(t.Context(), base, c, gate.Options{Seed: 1, Start: func(f *fabric.Fabric) (*gate.Live, error) {
		s := &spoiled{Sim: sim.New(f, 2)}
		if strings.HasSuffix(f.Name, "-stage") == stage && edit != nil {
			if err := edit(s); err != nil {
				return nil, err
			}
		}
		return s.live(), nil
	}})
}

// Ways to spoil.

func showing(edit func(*observe.Snapshot)) func(*spoiled) error {
	return func(s *spoiled) error {
		s.observe = func(snap *observe.Snapshot) (*observe.Snapshot, error) {
			edit(snap)
			return snap, nil
		}
		return nil
	}
}

// deaf takes changes and does nothing.
func deaf(s *spoiled) error {
	s.apply = func(*fabric.Fabric, string) error { return nil }
	return nil
}

// asAt first shows for ever what it showed first, or, if dated, says that it is new.
func asAtFirst(dated bool) func(*spoiled) error {
	return func(s *spoiled) error {
		var first *observe.Snapshot
		s.observe = func(now *observe.Snapshot) (*observe.Snapshot, error) {
			if first == nil {
				first = now
			}
			if !dated {
				return first, nil
			}
			again := *first
			again.At = now.At
			return &again, nil
		}
		return nil
	}
}

func pfx(s string) netip.Prefix { return netip.MustParsePrefix(s) }
