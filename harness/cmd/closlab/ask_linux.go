package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/holder"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/runtime/netns"
)

func labApplyCommand() *cobra.Command {
	q := holder.Request{Op: holder.Apply}
	var path string
	cmd := &cobra.Command{
		Use:   "apply LAB --candidate PATH",
		Short: "give a lab's routers a candidate, node by node in its order",
		Long: `apply gives the running routers the policies that they have in the candidate, as production would: in place, in its
order, each settled before the next. It says where the routers come to rest elsewhere than predicted.

Exit codes: 0 applied and as predicted, 2 input error, 3 otherwise.`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeLab,
		RunE: bounded(func(cmd *cobra.Command, args []string) error {
			if path == "" {
				return errors.New("no candidate: name one with --candidate PATH")
			}
			if _, err := os.Lstat(path); err != nil {
				return fmt.Errorf("%s: %w", path, errors.Unwrap(err))
			}
			var err error
			if q.Candidate, err = filepath.Abs(path); err != nil {
				return unknown(cmd, err)
			}
			return changed(cmd, args[0], q, "applied to")
		}),
	}
	cmd.Flags().StringVar(&path, "candidate", "", "folder or patch file with the proposed change")
	cmd.Flags().StringArrayVar(&q.Nodes, "node", nil, "this router alone, of those that the candidate changes (repeatable)")
	return cmd
}

func labRollbackCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "rollback LAB",
		Short:             "give a lab's routers their own policies back, last changed first",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeLab,
		RunE: bounded(func(cmd *cobra.Command, args []string) error {
			return changed(cmd, args[0], holder.Request{Op: holder.Rollback}, "rolled back")
		}),
	}
}

// changed has a lab do what changes its routers, and says how they settled.
func changed(cmd *cobra.Command, lab string, q holder.Request, done string) error {
	a, err := ask(cmd, lab, q)
	if a == nil {
		return err
	}
	for _, n := range a.Notes {
		fmt.Fprintln(cmd.ErrOrStderr(), n)
	}
	out := cmd.OutOrStdout()
	for _, s := range a.Steps {
		for _, i := range s.Images {
			fmt.Fprintln(out, i)
		}
		fmt.Fprintf(out, "%s %s: ", done, strings.Join(s.Nodes, ", "))
		if len(s.Differences) == 0 {
			fmt.Fprintln(out, "settled as predicted")
			continue
		}
		fmt.Fprintf(out, "settled, with %d differences from the prediction\n  %s\n", len(s.Differences), strings.Join(s.Differences, "\n  "))
		err = exit(max(codeOf(err), exitUnknown))
	}
	return err
}

// ask has a lab do something. The error is the exit for what came of it; without an answer there is nothing else.
func ask(cmd *cobra.Command, lab string, q holder.Request) (*holder.Answer, error) {
	l, err := netns.Find(lab)
	if err != nil {
		return nil, inputOr(cmd, err)
	}
	a, err := holder.Ask(cmd.Context(), l.Name, q, telling(cmd.Context()))
	switch late := cmd.Context().Err(); {
	case late != nil && err == nil && a.Error == "": // an answer that came when the time was over is none
		return nil, unknown(cmd, fmt.Errorf("lab %s: %w", l.Name, late))
	case err != nil:
		return nil, unknown(cmd, err)
	case a.Error != "" && a.Input:
		return nil, errors.New(a.Error)
	case a.Error != "":
		return a, unknown(cmd, errors.New("lab "+l.Name+": "+a.Error))
	}
	return a, nil
}

// judgeLab judges a lab that is up, named by what is no fabric.
func judgeLab(cmd *cobra.Command, name string, noFabric error) (*judged, error) {
	if labs, _ := chosen(true, nil); len(labs) == 0 {
		return nil, noFabric
	}
	if _, err := netns.Find(name); err != nil {
		return nil, fmt.Errorf("%v\n%v", noFabric, err)
	}
	a, err := ask(cmd, name, holder.Request{Op: holder.Check})
	if err != nil {
		return nil, err
	}
	return &judged{a.Fabric, a.Fabric + ", on lab " + name, a.Findings}, nil
}

// liveFindings brings a fabric up, judges it, and ends it.
func liveFindings(cmd *cobra.Command, base *candidate.Base, on ground, seed uint64, pull pull) ([]check.Finding, error) {
	life, _ := lifetime(cmd)
	if err := pull.within(cmd)(base.Fabric); err != nil {
		return nil, err
	}
	tell := telling(cmd.Context())
	tell("bringing " + base.Fabric.Name + " up")
	r, err := grounds[on](life, base.Fabric, netns.Options{Seed: seed})
	if err != nil {
		return nil, err
	}
	findings, err := holder.Judge(cmd.Context(), base, r, tell)
	tell(r.Name + ": tearing down")
	return findings, errors.Join(err, r.Stop())
}

// seen brings a fabric up, looks at it, and ends it.
func seen(cmd *cobra.Command, base *candidate.Base, on ground, seed uint64) (*observe.Snapshot, error) {
	life, _ := lifetime(cmd)
	tell := telling(cmd.Context())
	tell("bringing " + base.Fabric.Name + " up")
	r, err := grounds[on](life, base.Fabric, netns.Options{Seed: seed})
	if err != nil {
		return nil, err
	}
	s, err := shown(cmd, base.Fabric, r)
	tell(r.Name + ": tearing down")
	return s, errors.Join(err, r.Stop())
}
