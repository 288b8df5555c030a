// Command closlab judges a routing change before production: see closlab --help. This package holds flags,
// output and exit codes, and nothing it could delegate.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/closlab/closlab/harness/holder"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/speaker"
	"github.com/spf13/cobra"
)

// Exit codes, as the design states them.
const (
	exitPass    = 0
	exitReject  = 1
	exitInput   = 2
	exitUnknown = 3
)

// exit is an error that carries its code; the message has been shown.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// unknown shows what went wrong with the machine or the run.
func unknown(cmd *cobra.Command, err error) error {
	fmt.Fprintln(cmd.ErrOrStderr(), err)
	return exit(exitUnknown)
}

// codeOf returns the exit code for what a command came to.
func codeOf(err error) exit {
	var e exit
	switch {
	case err == nil:
		return exitPass
	case errors.As(err, &e):
		return e
	}
	return exitInput
}

func main() {
	speaker.Hijack()
	holder.Hijack()
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run executes the command line and returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // who reads our output may go: that must not end us amid a lab
	root := command()
	root.SetArgs(args)
	results := &plain{w: stdout}
	root.SetOut(results)
	root.SetErr(&plain{w: stderr})
	err := root.ExecuteContext(holder.WithForeground(ctx))
	if results.err != nil {
		fmt.Fprintln(root.ErrOrStderr(), "standard output:", results.err)
		return exitUnknown
	}
	if err != nil && !errors.As(err, new(exit)) {
		complain(root.ErrOrStderr(), err)
	}
	return int(codeOf(err))
}

// mostProblems is how many problems of an input are shown, and longest how many bytes of each: a log is no place for more.
const mostProblems, longest = 100, 2000

// complain writes what is wrong with the input, a problem a line.
func complain(w io.Writer, err error) {
	var problems place.Problems
	if !errors.As(err, &problems) {
		fmt.Fprintln(w, err)
		return
	}
	for i, p := range problems {
		if i == mostProblems {
			fmt.Fprintf(w, "and %d more problems\n", len(problems)-i)
			break
		}
		line := p.Error()
		if len(line) > longest {
			line = line[:longest] + " ..."
		}
		fmt.Fprintln(w, line)
	}
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:   "closlab",
		Short: "judge a routing change before it reaches production",
		Long: `closlab brings up a Clos fabric, applies a candidate policy change to it node by node, and
judges reachability, routes and load at every step, with the reason: node, session, route, policy term.

FABRIC is a folder with a fabric.yaml, or a containerlab topology with the frr.conf files of its routers.

Exit codes: 0 pass, 1 reject, 2 usage or input error, 3 unknown (closlab could not tell).`,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          noCommand,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.PersistentFlags().Duration("timeout", 5*time.Minute, "give up, with exit code 3, after this long")
	lab := &cobra.Command{Use: "lab", Short: "one lab by hand", Args: cobra.NoArgs, RunE: noCommand}
	lab.AddCommand(labCheckCommand(), labRecordCommand())
	lab.AddCommand(liveCommands()...)
	root.AddCommand(gateCommand(), diffCommand(), lintCommand(), lab, renderCommand(), doctorCommand())
	root.AddCommand(routerCommands()...)
	return root
}

// noCommand shows what there is. It is a usage error: nothing judged must not look like a pass.
func noCommand(cmd *cobra.Command, _ []string) error {
	if err := cmd.Help(); err != nil {
		return err
	}
	return exit(exitInput)
}
