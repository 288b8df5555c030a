package main

import (
	"fmt"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/report"
	"github.com/spf13/cobra"
)

func labCheckCommand() *cobra.Command {
	var out output
	var runtime string
	var seed uint64
	cmd := &cobra.Command{
		Use:   "check FABRIC",
		Short: "judge the fabric as it is, without a candidate",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := onlySim(runtime); err != nil {
				return err
			}
			if err := out.validate("text", "json"); err != nil {
				return err
			}
			base, err := candidate.Load(args[0])
			if err != nil {
				return err
			}
			findings, err := gate.Baseline(cmd.Context(), base, gate.Options{Seed: seed, Progress: progress(cmd.ErrOrStderr())})
			if err != nil {
				fmt.Fprintln(cmd.ErrOrStderr(), err)
				return exit(exitUnknown)
			}
			err = out.write(cmd.OutOrStdout(), func(w writer, format string) error {
				if format == "json" {
					return report.FindingsJSON(w, base.Fabric.Name, findings)
				}
				return report.Findings(w, base.Fabric.Name, findings)
			})
			if err != nil {
				fmt.Fprintln(cmd.ErrOrStderr(), err)
				return exit(exitUnknown)
			}
			return code(findings)
		},
	}
	out.flags(cmd, "text", "json")
	cmd.Flags().StringVar(&runtime, "runtime", "sim", "where the fabric lives: sim")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "seed of message delays and flows")
	return cmd
}

// code is the exit for a list of findings: broken outweighs unknown, and nothing judged is unknown.
func code(findings []check.Finding) error {
	worst := exitPass
	if len(findings) == 0 {
		worst = exitUnknown
	}
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
