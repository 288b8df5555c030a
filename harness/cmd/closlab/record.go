package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/record"
	"github.com/closlab/closlab/harness/runtime/sim"
)

func labRecordCommand() *cobra.Command {
	var file string
	var on ground
	var seed uint64
	var engine engine
	cmd := &cobra.Command{
		Use:   "record FABRIC",
		Short: "write down what holds on a fabric as it is, for review",
		Long: `record looks at a fabric without a candidate and writes the text of a ` + fabric.StatementName + `: which sessions are up, who reaches whom, which
prefixes are where, and what passes a tier evenly. Beside a containerlab topology, that file says what gate judges by.

Exit codes: 0 written, 2 input error, 3 the fabric does not settle, or nothing holds.`,
		Args: cobra.ExactArgs(1),
		RunE: bounded(func(cmd *cobra.Command, args []string) error {
			if err := on.among(runtimes...); err != nil {
				return err
			}
			if _, err := os.Lstat(file); file != "" && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("-o %s: it is there already: closlab does not overwrite what somebody may have reviewed", file)
			}
			telling(cmd.Context())("reading " + args[0])
			base, err := candidate.Load(args[0])
			if err == nil {
				err = engine.set(base.Fabric)
			}
			if err != nil {
				return err
			}
			look, from := predicted, "its simulation"
			if on != "sim" {
				look, from = seen, "live routers"
			}
			s, err := look(cmd, base, on, seed)
			if err != nil {
				return unknown(cmd, err)
			}
			text, nothing := record.Statement(base.Fabric, s, from)
			if nothing {
				return unknown(cmd, fmt.Errorf("%s: nothing holds: no session is up, and nobody reaches anybody", base.Fabric.Name))
			}
			if file == "" {
				_, err = cmd.OutOrStdout().Write(text)
			} else {
				err = os.WriteFile(file, text, 0o644)
			}
			if err != nil {
				return unknown(cmd, err)
			}
			return nil
		}),
	}
	cmd.Flags().StringVarP(&file, "output", "o", "", "file to write, which must not be there yet (default: standard output)")
	on.flag(cmd, "sim", "where the fabric lives: sim (prediction), or for as long as it takes netns or clab (live routers in namespaces or Docker containers; need root)")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "seed of message delays and flows")
	engine.flag(cmd)
	return cmd
}

// settled is a runtime that can be looked at.
type settled interface {
	Settle(context.Context) error
	Observe(observe.Request) (*observe.Snapshot, error)
}

// shown returns what is to be recorded of a fabric, once it has settled.
func shown(cmd *cobra.Command, f *fabric.Fabric, r settled) (*observe.Snapshot, error) {
	tell := telling(cmd.Context())
	tell(f.Name + ": settling")
	if err := r.Settle(cmd.Context()); err != nil {
		return nil, err
	}
	tell(f.Name + ": observing")
	return r.Observe(record.Request(f))
}

// predicted looks at a fabric in the simulator.
func predicted(cmd *cobra.Command, base *candidate.Base, _ ground, seed uint64) (*observe.Snapshot, error) {
	return shown(cmd, base.Fabric, sim.New(base.Fabric, seed))
}
