package main

import (
	"errors"
	"io/fs"
	"os"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/report"
	"github.com/spf13/cobra"
)

func labCheckCommand() *cobra.Command {
	var out output
	var on ground
	var seed uint64
	var pull pull
	cmd := &cobra.Command{
		Use:   "check FABRIC|LAB",
		Short: "judge a fabric as it is, without a candidate, or a lab that is up",
		Args:  cobra.ExactArgs(1),
		RunE: bounded(func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(on.among(runtimes...), pull.on(on)); err != nil {
				return err
			}
			if err := out.validate("text", "json"); err != nil {
				return err
			}
			j, err := judge(cmd, args[0], on, seed, pull)
			if err != nil {
				return err
			}
			err = out.write(cmd.OutOrStdout(), func(w writer, format string) error {
				if format == "json" {
					return report.FindingsJSON(w, j.fabric, j.findings)
				}
				return report.Findings(w, j.title, j.findings)
			})
			if err != nil {
				return unknown(cmd, err)
			}
			if len(j.findings) == 0 {
				return unknown(cmd, errors.New("no invariant was judged: the fabric states none"))
			}
			return code(j.findings)
		}),
	}
	out.flags(cmd, "text", "json")
	pull.flag(cmd)
	on.flag(cmd, "sim", "where the fabric lives: sim (prediction), netns or clab (live routers in namespaces or Docker containers, for as long as it takes; needs root)")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "seed of message delays and flows")
	return cmd
}

// judged is what was found of a fabric; title says where it was looked at.
type judged struct {
	fabric, title string
	findings      []check.Finding
}

// judge judges the fabric in a folder, or the lab of that name.
func judge(cmd *cobra.Command, what string, on ground, seed uint64, pull pull) (*judged, error) {
	telling(cmd.Context())("reading " + what)
	base, err := candidate.Load(what)
	if err != nil {
		if _, missing := os.Stat(what); errors.Is(missing, fs.ErrNotExist) {
			return judgeLab(cmd, what, err)
		}
		return nil, err
	}
	if err := base.Judgeable(); err != nil {
		return nil, err
	}
	j := &judged{fabric: base.Fabric.Name, title: base.Fabric.Name}
	if on != "sim" {
		j.title += ", on live routers"
		j.findings, err = liveFindings(cmd, base, on, seed, pull)
	} else {
		j.findings, err = gate.Baseline(cmd.Context(), base, gate.Options{Seed: seed, Progress: telling(cmd.Context())})
	}
	if err != nil {
		return nil, unknown(cmd, err)
	}
	return j, nil
}

// code is the exit for a list of findings: broken outweighs unknown.
func code(findings []check.Finding) error {
	worst := exitPass
	for _, f := range findings {
		switch {
		case f.Status == check.Broken:
			return exit(exitReject)
		case f.Status == check.Unknown:
			worst = exitUnknown
		}
	}
	if worst == exitPass {
		return nil
	}
	return exit(worst)
}
