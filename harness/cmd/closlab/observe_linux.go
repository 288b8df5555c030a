package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/holder"
	"github.com/closlab/closlab/harness/runtime/clab"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// observed has judge look at live routers, too. A lab that is to be kept is left to a holder.
func observed(cmd *cobra.Command, args []string, w watching, judge judging) error {
	s := &stage{on: w.on, opt: netns.Options{Seed: w.seed, Log: io.Discard}}
	if w.verbose && !w.keep { // what is kept has a log of its own
		s.opt.Log = cmd.ErrOrStderr()
	}
	if !w.keep {
		return bounded(func(cmd *cobra.Command, args []string) error {
			s.life, _ = lifetime(cmd)
			s.fetch = w.pull.within(cmd)
			_, err := judge(cmd, args, gate.Options{Start: s.start, Images: s.images})
			return err
		})(cmd, args)
	}
	return held(cmd, args, func(cmd *cobra.Command, args []string) (*holder.Lab, error) {
		life, up := lifetime(cmd)
		s.life, s.fetch = life, w.pull.within(cmd)
		base, err := judge(cmd, args, gate.Options{Start: s.start, Images: s.images})
		if s.kept == nil {
			return nil, err
		}
		l := holder.New(base, s.kept)
		if err := up(); err != nil {
			return nil, unknown(cmd, errors.Join(err, l.Stop()))
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "lab %s is kept: %s", s.kept.Name, manual(s.kept.Name))
		return l, err
	})
}

// stage is where the gate's fabrics come up, one for the roll-out first.
type stage struct {
	on    ground
	opt   netns.Options
	life  context.Context
	fetch fetch
	kept  *netns.Runtime // the first, unless it has been stopped
}

func (s *stage) start(f *fabric.Fabric) (*gate.Live, error) {
	if err := s.fetch(f); err != nil {
		return nil, err
	}
	r, err := grounds[s.on](s.life, f, s.opt)
	if err != nil {
		return nil, err
	}
	if s.kept == nil {
		s.kept = r
	}
	differences := func() []string {
		var out []string
		for _, d := range r.Differences() {
			out = append(out, d.String())
		}
		return out
	}
	stop := func() error {
		if s.kept == r {
			s.kept = nil
		}
		return r.Stop()
	}
	return &gate.Live{Runtime: r, Name: r.Version(), Version: r.Version, Differences: differences, Notes: r.Notes, Stop: stop, Stream: r.Stream}, nil
}

// images returns why routers cannot have the images that they have in fabrics.
func (s *stage) images(f ...*fabric.Fabric) error {
	if s.on != "clab" {
		return fmt.Errorf("routers of --runtime %s run this machine's FRR, whatever the image: use --runtime clab", s.on)
	}
	if err := s.fetch(f...); err != nil {
		return err
	}
	return clab.Ready(s.life, f...)
}

// fetch has images pulled that are missing, where that is asked for.
type fetch = func(...*fabric.Fabric) error

// within returns what pulls images in the time that the command has.
func (p pull) within(cmd *cobra.Command) fetch {
	return func(f ...*fabric.Fabric) error {
		if !p {
			return nil
		}
		return clab.Pull(cmd.Context(), telling(cmd.Context()), f...)
	}
}

// abandon removes the labs of this process at once.
func abandon() error { return netns.Abandon() }
