package main

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
)

// grace is how long a command may take, once its time is over, to say how far it got.
const grace = 2 * time.Second

type work = func(cmd *cobra.Command, args []string) error

// bounded returns run with an end: when the --timeout is over or the user interrupts, the context of the command ends, and a grace
// later the command is left behind and its labs are removed, since the process is about to end. That, and a panic, is Unknown. What run
// says to telling is told once it takes long.
func bounded(run work) work {
	return func(cmd *cobra.Command, args []string) error {
		timeout, err := cmd.Flags().GetDuration("timeout")
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
		defer cancel()
		cmd.SetContext(withProgress(ctx, cmd.ErrOrStderr()))
		done := make(chan error, 1)
		go func() {
			defer func() {
				if p := recover(); p != nil {
					fmt.Fprintf(cmd.ErrOrStderr(), "closlab: internal error: %v\n%s", p, debug.Stack())
					done <- giveUp(cmd)
				}
			}()
			done <- run(cmd, args)
		}()
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
		}
		select {
		case err := <-done:
			return err
		case <-time.After(grace):
			fmt.Fprintf(cmd.ErrOrStderr(), "closlab: gave up: %v (--timeout %v)\n", context.Cause(ctx), timeout)
			return giveUp(cmd)
		}
	}
}

// giveUp removes the labs of this process, whatever is at work on them.
func giveUp(cmd *cobra.Command) error {
	if err := abandon(); err != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), err)
	}
	return exit(exitUnknown)
}
