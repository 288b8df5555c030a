package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/closlab/closlab/harness/runtime/clab"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// inputOr is the exit for an error that is about the input if it names what is not there, and else about the machine.
func inputOr(cmd *cobra.Command, err error) error {
	if errors.As(err, new(netns.NoSuch)) {
		return err
	}
	return unknown(cmd, err)
}

func labDownCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:               "down LAB... | --all",
		Short:             "end labs",
		ValidArgsFunction: completeLab,
		RunE: bounded(func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return fmt.Errorf("lab down: name labs, or --all")
			}
			labs, err := chosen(all, args)
			if err != nil {
				return inputOr(cmd, err)
			}
			var errs []error
			for _, l := range labs {
				telling(cmd.Context())("ending " + l.Name)
				if err := l.Down(cmd.Context()); err != nil {
					errs = append(errs, err)
				}
			}
			if err := errors.Join(errs...); err != nil {
				return unknown(cmd, err)
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&all, "all", false, "end all labs on this machine")
	return cmd
}

// chosen returns the labs of these names, or all that are up; all problems at once.
func chosen(all bool, names []string) ([]netns.Lab, error) {
	var out []netns.Lab
	var missing error
	if all {
		labs, err := netns.Labs()
		for _, l := range labs {
			if l.Alive {
				out = append(out, l)
			}
		}
		return out, err
	}
	for _, name := range names {
		l, err := netns.Find(name)
		missing = errors.Join(missing, err)
		out = append(out, l)
	}
	return out, missing
}

func labListCommand() *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "list the labs on this machine",
		Args:  cobra.NoArgs,
		RunE: bounded(func(cmd *cobra.Command, _ []string) error {
			if err := out.validate("text", "json"); err != nil {
				return err
			}
			labs, err := netns.Labs()
			if err == nil {
				err = out.write(cmd.OutOrStdout(), func(w writer, format string) error { return list(w, format, labs, time.Now()) })
			}
			if err != nil {
				return unknown(cmd, err)
			}
			return nil
		}),
	}
	out.flags(cmd, "text", "json")
	return cmd
}

// labJSON is a lab in the list for machines.
type labJSON struct {
	Name   string    `json:"name"`
	Fabric string    `json:"fabric"`
	On     string    `json:"runtime"`
	Nodes  []string  `json:"nodes"`
	Since  time.Time `json:"since"`
	State  string    `json:"state"`
	Pid    int       `json:"pid"`
}

// list writes the labs as they are now.
func list(w io.Writer, format string, labs []netns.Lab, now time.Time) error {
	rows := []labJSON{}
	for _, l := range labs {
		state := l.State
		if !l.Alive {
			state = "dead: closlab lab clean removes it"
		}
		rows = append(rows, labJSON{l.Name, l.Fabric, l.Runtime, l.Nodes, l.Since, state, l.Pid})
	}
	if format == "json" {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(struct {
			Schema string    `json:"schema"`
			Labs   []labJSON `json:"labs"`
		}{"closlab/labs/v1", rows})
	}
	if len(rows) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "LAB\tRUNTIME\tNODES\tAGE\tPROCESS\tSTATE\tFABRIC")
	for _, l := range rows {
		age := "?" // nothing can be read of it
		if !l.Since.IsZero() {
			age = now.Sub(l.Since).Truncate(time.Second).String()
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%d\t%s\t%s\n", l.Name, l.On, len(l.Nodes), age, l.Pid, l.State, l.Fabric)
	}
	return t.Flush()
}

func labCleanCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "clean",
		Short: "remove what killed labs have left, and nothing else",
		Args:  cobra.NoArgs,
		RunE: bounded(func(cmd *cobra.Command, _ []string) error {
			telling(cmd.Context())("looking for what killed labs have left")
			labs, err := clab.Clean(cmd.Context())
			var spare []string
			if err != nil {
				spare = []string{clab.Name} // for another time: nothing else tells of their containers
			}
			names, more := netns.Clean(spare...)
			err = errors.Join(err, more)
			names = append(labs, names...)
			slices.Sort(names)
			names = slices.Compact(names)
			for _, name := range names {
				fmt.Fprintln(cmd.OutOrStdout(), "removed", name)
			}
			if err != nil {
				return unknown(cmd, err)
			}
			return nil
		}),
	}
}

func labImagesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "images",
		Short: "make the images of --runtime clab anew, of this machine's FRR and of this command",
		Long: `images makes the Docker images of nodes that name none: closlab/frr of the FRR that is installed here, and closlab/router of this command, both with
the libraries that they need and nothing of a distribution. Labs make them by themselves where they are missing.`,
		Args: cobra.NoArgs,
		RunE: bounded(func(cmd *cobra.Command, _ []string) error {
			telling(cmd.Context())("making images")
			err := clab.Images(cmd.Context(), func(name string) { fmt.Fprintln(cmd.OutOrStdout(), "made", name) })
			if err != nil {
				return unknown(cmd, err)
			}
			return nil
		}),
	}
}

// completeLab offers the names of labs that are up to the shell.
func completeLab(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	labs, _ := chosen(true, nil)
	var out []string
	for _, l := range labs {
		out = append(out, l.Name)
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// completeNode offers the names of labs, then those of a lab's nodes.
func completeNode(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return completeLab(cmd, args, typed)
	case 1:
		l, _ := netns.Find(args[0])
		return l.Nodes, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveDefault
}
