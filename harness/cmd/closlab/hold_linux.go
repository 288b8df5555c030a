package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/closlab/closlab/harness/holder"
)

// lifetime returns the context in which a lab lives: as long as this process but, until it is called up, not much longer than the command
// may take, which then is the error. Half of the grace is for asking the routers what it was that did not come about.
func lifetime(cmd *cobra.Command) (life context.Context, up func() error) {
	life, end := context.WithCancelCause(cmd.Root().Context())
	deadline, _ := cmd.Context().Deadline()
	late := time.AfterFunc(time.Until(deadline.Add(grace/2)), func() { end(context.DeadlineExceeded) })
	return life, func() error {
		if late.Stop() {
			return nil
		}
		return context.Cause(life)
	}
}

// bringing is work that leaves a lab up, unless it returns none.
type bringing = func(cmd *cobra.Command, args []string) (*holder.Lab, error)

// held has a process of its own do the work and hold the lab; this is that process, or the one that starts it and returns as soon as the
// work is done.
func held(cmd *cobra.Command, args []string, up bringing) error {
	if holder.Held() {
		return hold(cmd, args, up)
	}
	code, err := holder.Detach(cmd.Context())
	if err != nil {
		return unknown(cmd, err)
	}
	return exit(code)
}

// hold does the work, within the time that the command may take, and holds the lab until interrupted.
func hold(cmd *cobra.Command, args []string, up bringing) error {
	labs := make(chan *holder.Lab, 1)
	done := bounded(func(cmd *cobra.Command, args []string) error {
		l, err := up(cmd, args)
		if l != nil {
			labs <- l
		}
		return err
	})(cmd, args)
	select {
	case l := <-labs:
		if err := l.Hold(cmd.Root().Context(), int(codeOf(done))); err != nil {
			return unknown(cmd, err)
		}
	default:
	}
	return done
}
