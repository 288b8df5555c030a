package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/holder"
	"github.com/closlab/closlab/harness/runtime/clab"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// grounds bring a fabric up on each live runtime.
var grounds = map[ground]func(context.Context, *fabric.Fabric, netns.Options) (*netns.Runtime, error){"netns": netns.New, "clab": clab.New}

// liveCommands are those about labs of live routers.
func liveCommands() []*cobra.Command {
	return []*cobra.Command{labUpCommand(), labDownCommand(), labListCommand(), labExecCommand(), labShellCommand(),
		labApplyCommand(), labRollbackCommand(), labCleanCommand(), labImagesCommand()}
}

func labUpCommand() *cobra.Command {
	var seed uint64
	var foreground bool
	var engine engine
	var on ground
	var pull pull
	cmd := &cobra.Command{
		Use:   "up FABRIC",
		Short: "bring a fabric up on live routers, and leave it up",
		Long: `up returns once the routers have settled, and says what the lab is called. A process of its own holds the lab until
closlab lab down, and logs to /run/closlab/LAB/log. Interrupted before that, it leaves nothing.

Exit codes: 0 it is up, 2 input error, 3 it does not come up; then nothing is left.`,
		Args: cobra.ExactArgs(1),
	}
	up := func(cmd *cobra.Command, args []string) (*holder.Lab, error) {
		if err := errors.Join(on.among("netns", "clab"), pull.on(on)); err != nil {
			return nil, err
		}
		tell, start := telling(cmd.Context()), time.Now()
		tell("reading " + args[0])
		base, err := candidate.Load(args[0])
		if err == nil {
			err = engine.set(base.Fabric)
		}
		if err != nil {
			return nil, err
		}
		life, up := lifetime(cmd)
		log := io.Discard
		if foreground {
			log = cmd.ErrOrStderr()
		}
		if err := pull.within(cmd)(base.Fabric); err != nil {
			return nil, unknown(cmd, err)
		}
		tell("bringing " + base.Fabric.Name + " up")
		r, err := grounds[on](life, base.Fabric, netns.Options{Seed: seed, Log: log})
		if err != nil {
			return nil, unknown(cmd, err)
		}
		tell(r.Name + ": settling")
		l := holder.New(base, r)
		if err := l.Settle(cmd.Context()); err != nil {
			return nil, unknown(cmd, errors.Join(err, l.Stop()))
		}
		if err := up(); err != nil {
			return nil, unknown(cmd, errors.Join(err, l.Stop()))
		}
		for _, d := range r.Differences() {
			fmt.Fprintln(cmd.ErrOrStderr(), "not as predicted:", d)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s settled in %.1f s\n", r.Name, time.Since(start).Seconds())
		if !foreground {
			fmt.Fprint(cmd.ErrOrStderr(), manual(r.Name))
		}
		return l, nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if foreground {
			return hold(cmd, args, up)
		}
		return held(cmd, args, up)
	}
	cmd.Flags().Uint64Var(&seed, "seed", 1, "seed of flow hashes and of the prediction")
	cmd.Flags().BoolVar(&foreground, "foreground", false, "hold the lab here, and end it when interrupted or when a router ends")
	engine.flag(cmd)
	pull.flag(cmd)
	on.flag(cmd, "netns", "what nodes are: netns (network namespaces) or clab (Docker containers, which containerlab deploys)")
	return cmd
}

// manual says what can be done with a lab that is left behind.
func manual(lab string) string {
	return fmt.Sprintf("closlab lab shell %[1]s NODE enters it, closlab lab check %[1]s judges it, closlab lab down %[1]s ends it\n", lab)
}
