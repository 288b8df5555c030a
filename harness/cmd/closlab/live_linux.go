package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"github.com/spf13/cobra"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// liveCommands are those about labs of live routers.
func liveCommands() []*cobra.Command {
	return []*cobra.Command{labUpCommand(), labDownCommand(), labListCommand(), labExecCommand(), labCleanCommand()}
}

func labUpCommand() *cobra.Command {
	var seed uint64
	cmd := &cobra.Command{
		Use:   "up FABRIC",
		Short: "bring a fabric up on live routers until interrupted, or until lab down",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			base, err := candidate.Load(args[0])
			if err != nil {
				return err
			}
			timeout, err := cmd.Flags().GetDuration("timeout")
			if err != nil {
				return err
			}
			start := time.Now()
			r, err := netns.New(cmd.Context(), base.Fabric, netns.Options{Seed: seed, Log: cmd.ErrOrStderr()})
			if err != nil {
				return unknown(cmd, err)
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			if err := r.Settle(ctx); err != nil {
				return unknown(cmd, errors.Join(err, r.Stop()))
			}
			for _, d := range r.Differences() {
				fmt.Fprintln(cmd.ErrOrStderr(), d)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s settled in %.1f s\n", r.Name, time.Since(start).Seconds())
			<-cmd.Context().Done()
			if err := r.Stop(); err != nil {
				return unknown(cmd, err)
			}
			return nil
		},
	}
	cmd.Flags().Uint64Var(&seed, "seed", 1, "seed of flow hashes and of the prediction")
	return cmd
}

// unknown shows what went wrong with the machine or the run.
func unknown(cmd *cobra.Command, err error) error {
	fmt.Fprintln(cmd.ErrOrStderr(), err)
	return exit(exitUnknown)
}

func labDownCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "down LAB",
		Short: "end a lab",
		Args:  cobra.ExactArgs(1),
		RunE:  func(_ *cobra.Command, args []string) error { return netns.Down(args[0]) },
	}
}

func labListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "ls",
		Short: "list the labs on this machine",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			labs, err := netns.Labs()
			if err != nil {
				return unknown(cmd, err)
			}
			for _, l := range labs {
				state := fmt.Sprintf("process %d", l.Pid)
				if !l.Alive {
					state = "dead: closlab lab clean removes it"
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s  %s  %d nodes  %s\n", l.Name, l.Fabric, len(l.Namespaces), state)
			}
			return nil
		},
	}
}

func labExecCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "exec LAB NODE -- COMMAND [ARG]...",
		Short: "run a command on a node",
		Args:  cobra.MinimumNArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			ns, err := netns.Namespace(args[0], args[1])
			if err != nil {
				return err
			}
			defer ns.Close()
			x := exec.CommandContext(cmd.Context(), args[2], args[3:]...)
			x.Stdin, x.Stdout, x.Stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
			err = ns.Do(x.Run)
			var failed *exec.ExitError
			if errors.As(err, &failed) {
				return exit(failed.ExitCode())
			}
			return err
		},
	}
}

func labCleanCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "clean",
		Short: "remove what killed labs have left, and nothing else",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			names, err := netns.Clean()
			for _, name := range names {
				fmt.Fprintln(cmd.OutOrStdout(), "removed", name)
			}
			if err != nil {
				return unknown(cmd, err)
			}
			return nil
		},
	}
}
