package main

import (
	"errors"
	"fmt"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/report"
	"github.com/spf13/cobra"
)

// change holds the flags that name a fabric's baseline and a candidate.
type change struct {
	candidate string
	base      string
	engine    engine
	cmd       *cobra.Command
}

func (c *change) flags(cmd *cobra.Command) {
	c.cmd = cmd
	cmd.Flags().StringVar(&c.candidate, "candidate", "", "folder or patch file with the proposed change")
	cmd.Flags().StringVar(&c.base, "base", "", "git revision that holds the baseline; the candidate is then the working copy unless --candidate says otherwise")
}

// load reads baseline and candidate. Its errors are about the input.
func (c *change) load(dir string) (*candidate.Base, *candidate.Candidate, error) {
	telling(c.cmd.Context())("reading " + dir)
	var base *candidate.Base
	var err error
	switch {
	case c.base == "" && c.cmd.Flags().Changed("base"):
		return nil, nil, fmt.Errorf("--base: empty: name a git revision")
	case c.base != "":
		base, err = candidate.LoadAt(dir, c.base)
	case c.candidate == "":
		return nil, nil, fmt.Errorf("no candidate: name one with --candidate PATH, or compare with a git revision with --base REV")
	default:
		base, err = candidate.Load(dir)
	}
	if err == nil {
		err = c.engine.set(base.Fabric)
	}
	if err != nil {
		return nil, nil, err
	}
	if c.candidate == "" {
		cand, err := base.WithWorkingCopy()
		return base, cand, err
	}
	cand, err := base.With(c.candidate)
	return base, cand, err
}

func gateCommand() *cobra.Command {
	var in change
	var out output
	var w watching
	cmd := &cobra.Command{
		Use:   "gate FABRIC --candidate PATH",
		Short: "the verdict: static diff, roll-out step by step, roll-back",
		Args:  cobra.ExactArgs(1),
	}
	judge := func(cmd *cobra.Command, args []string, on gate.Options) (*candidate.Base, error) {
		if err := out.validate("text", "json"); err != nil {
			return nil, err
		}
		base, cand, err := in.load(args[0])
		if err == nil {
			err = base.Judgeable()
		}
		if err != nil {
			return nil, err
		}
		if doubts := base.Doubts(); doubts > 0 {
			fmt.Fprintf(cmd.ErrOrStderr(), "closlab: %s was read with %d warnings: closlab lint %[1]s tells them\n", args[0], doubts)
		}
		on.Seed, on.Progress, on.Keep = w.seed, telling(cmd.Context()), w.keep
		v := gate.Run(cmd.Context(), base, cand, on)
		err = out.write(cmd.OutOrStdout(), func(to writer, format string) error {
			if format == "json" {
				return report.JSON(to, v)
			}
			return report.Text(to, v, w.verbose)
		})
		switch {
		case err != nil:
			return base, unknown(cmd, err)
		case v.Outcome == gate.Pass:
			return base, nil
		case v.Outcome == gate.Reject:
			return base, exit(exitReject)
		}
		return base, exit(exitUnknown)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch err := errors.Join(w.on.among(runtimes...), w.pull.on(w.on)); {
		case err != nil:
			return err
		case w.on != "sim":
			return observed(cmd, args, w, judge)
		case w.keep:
			return errors.New("--keep: there is nothing to keep of sim: it is for --runtime netns and clab")
		}
		return bounded(func(cmd *cobra.Command, args []string) error {
			_, err := judge(cmd, args, gate.Options{})
			return err
		})(cmd, args)
	}
	in.flags(cmd)
	in.engine.flag(cmd)
	out.flags(cmd, "text", "json")
	w.pull.flag(cmd)
	w.on.flag(cmd, "sim", "what the verdict rests on: sim (prediction), netns or clab (prediction, and observation of live routers in namespaces or Docker containers; needs root)")
	cmd.Flags().Uint64Var(&w.seed, "seed", 1, "seed of message delays and flows")
	cmd.Flags().BoolVarP(&w.verbose, "verbose", "v", false, "show every finding and every changed class of routes, and what live routers say")
	cmd.Flags().BoolVar(&w.keep, "keep", false, "leave the lab up as the roll-back left it, for closlab lab shell, check, apply and down (not of sim)")
	return cmd
}

// watching is where a candidate is judged, and what is wanted of that.
type watching struct {
	on            ground
	seed          uint64
	verbose, keep bool
	pull          pull
}

// judging gives the verdict, on what comes of it where the options say how a fabric is to be observed.
type judging = func(cmd *cobra.Command, args []string, on gate.Options) (*candidate.Base, error)

func diffCommand() *cobra.Command {
	var in change
	cmd := &cobra.Command{
		Use:   "diff FABRIC --candidate PATH",
		Short: "the static part alone: what changes for which routes, and why",
		Long: `diff compares the policies of every session with and without the candidate, completely: for every class of
routes that is treated differently it names the prefixes, both decisions, both terms and what changes.

Exit codes: 0 nothing but attributes change, 1 other routes are accepted, 2 input error, 3 not fully compared, or something
changes that closlab does not judge.`,
		Args: cobra.ExactArgs(1),
		RunE: bounded(func(cmd *cobra.Command, args []string) error {
			base, cand, err := in.load(args[0])
			if err != nil {
				return err
			}
			telling(cmd.Context())("comparing policies")
			changes := gate.Changes(base.Fabric, cand.After)
			report.Diff(cmd.OutOrStdout(), cand, changes)
			for _, u := range cand.Unjudged {
				fmt.Fprintln(cmd.OutOrStdout(), " ", u)
			}
			return known(cand, changes)
		}),
	}
	in.flags(cmd)
	return cmd
}

// known is the exit for a static comparison: what was not compared outweighs what differs.
func known(cand *candidate.Candidate, changes []*gate.Change) error {
	differ := false
	for _, c := range changes {
		if len(c.Difference.Undecided) > 0 {
			return exit(exitUnknown)
		}
		differ = differ || !c.Difference.SameDecisions()
	}
	switch {
	case len(cand.Unjudged)+len(cand.Images) > 0:
		return exit(exitUnknown)
	case differ:
		return exit(exitReject)
	}
	return nil
}
