package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/closlab/closlab/harness/doctor"
	"github.com/closlab/closlab/harness/render"
)

func doctorCommand() *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "what of closlab can run on this machine, and what to do about the rest",
		Long: `doctor tries what closlab needs: it makes namespaces and a link, starts a router of each engine, loads the load balancer's BPF program,
and asks Docker. Nothing of it is left behind.

Exit codes: 0 everything works that is not optional, 3 something does not.`,
		Args: cobra.NoArgs,
		RunE: bounded(func(cmd *cobra.Command, _ []string) error {
			if err := out.validate("text", "json"); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), doctor.Patience)
			defer cancel()
			telling(cmd.Context())("trying what this machine can do")
			found := doctor.Examine(ctx, doctor.Here(render.FRRImage, render.GoBGPImage))
			err := out.write(cmd.OutOrStdout(), func(w writer, format string) error { return diagnosis(w, format, found) })
			switch {
			case err != nil:
				return unknown(cmd, err)
			case !doctor.Healthy(found):
				return exit(exitUnknown)
			}
			return nil
		}),
	}
	out.flags(cmd, "text", "json")
	return cmd
}

// diagnosis writes what was found.
func diagnosis(w io.Writer, format string, found []doctor.Finding) error {
	if format == "json" {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(struct {
			Schema  string           `json:"schema"`
			Healthy bool             `json:"healthy"`
			Checks  []doctor.Finding `json:"checks"`
		}{"closlab/doctor/v1", doctor.Healthy(found), found})
	}
	for _, f := range found {
		state := "works"
		switch {
		case !f.Works && f.Optional:
			state = "optional"
		case !f.Works:
			state = "missing"
		}
		if _, err := fmt.Fprintf(w, "%-9s %-13s %s\n%24s%s\n", state, f.Name, f.Detail, "", "for "+f.For); err != nil {
			return err
		}
	}
	return nil
}
