package main

import (
	"fmt"
	"os"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/place"
	"github.com/spf13/cobra"
)

func lintCommand() *cobra.Command {
	var verbose bool
	cmd := &cobra.Command{
		Use:   "lint FABRIC|POLICY-FILE",
		Short: "undefined references, unreachable terms, empty matches, unsupported constructs",
		Long: `lint reads a fabric's policies, or one policy file, and says what is suspicious in them.

Exit codes: 0 nothing but notes, 1 warnings, 2 what a commit check would refuse, or what a session runs and
closlab does not model.`,
		Args: cobra.ExactArgs(1),
		RunE: bounded(func(cmd *cobra.Command, args []string) error {
			telling(cmd.Context())("reading " + args[0])
			findings, passed, err := lint(args[0])
			if err != nil {
				return err
			}
			warnings := 0
			for _, f := range findings {
				fmt.Fprintln(cmd.OutOrStdout(), f)
				if f.Severity == place.Warning {
					warnings++
				}
			}
			if verbose {
				for _, p := range passed {
					fmt.Fprintln(cmd.OutOrStdout(), p.Error())
				}
			}
			if warnings > 0 {
				return exit(exitReject)
			}
			return nil
		}),
	}
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "also list what is passed over because it cannot change a decision")
	return cmd
}

// lint reads a fabric's folder or a single policy file.
func lint(path string) ([]place.Finding, place.Problems, error) {
	topology, err := candidate.Topology(path)
	if err != nil {
		return nil, nil, err
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() && topology == "" {
		c, err := candidate.ReadPolicy(path)
		if err != nil {
			return nil, nil, err
		}
		return c.Lint(), c.Passed, nil
	}
	base, err := candidate.Load(path)
	if err != nil {
		return nil, nil, err
	}
	return base.Lint(), base.Passed(), nil
}
