package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/closlab/closlab/harness/runtime/netns"
)

// Exit codes of a command on a node that did not end by itself, as shells have them.
const (
	exitNotFound = 127
	exitSignal   = 128 // and the signal's number
)

func labExecCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "exec LAB NODE -- COMMAND [ARG]...",
		Short: "run a command on a node",
		Long: `exec runs a command in the namespaces of a node, for as long as it takes unless --timeout is given, and ends with its exit code:
128 and the signal's number if a signal ended it, 127 if there is no such command. A router sees itself as process 1.`,
		Args:              cobra.MinimumNArgs(3),
		ValidArgsFunction: completeNode,
		RunE: func(cmd *cobra.Command, args []string) error {
			return enter(cmd, args[0], args[1], exec.Command(args[2], args[3:]...))
		},
	}
}

func labShellCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "shell LAB NODE",
		Short:             "open a shell on a node ($SHELL, or /bin/sh)",
		Long:              "shell opens $SHELL, or /bin/sh, in the namespaces of a node, for as long as it takes unless --timeout is given.",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: completeNode,
		RunE: func(cmd *cobra.Command, args []string) error {
			x := exec.Command("/bin/sh", "-c", `command -v "$SHELL" >/dev/null && exec "$SHELL"; exec /bin/sh`)
			prompt := args[0] + " " + args[1] + "# "
			x.Env = append(os.Environ(), "PS1="+prompt, "PROMPT_COMMAND=PS1='"+prompt+"'") // the latter for bash, after its start-up files
			defer inFront(x)()
			return enter(cmd, args[0], args[1], x)
		},
	}
}

// inFront has an interactive shell be the terminal's foreground, in a process group that it can see from its pid namespace, until the
// function that it returns is called.
func inFront(x *exec.Cmd) (back func()) {
	terminal := int(os.Stdin.Fd())
	group, err := unix.IoctlGetInt(terminal, unix.TIOCGPGRP)
	if err != nil {
		return func() {} // no terminal
	}
	x.SysProcAttr = &syscall.SysProcAttr{Foreground: true, Ctty: terminal}
	signal.Ignore(syscall.SIGTTOU) // for taking it back from behind
	return func() { unix.IoctlSetPointerInt(terminal, unix.TIOCSPGRP, group) }
}

// enter runs a command on a node, at this terminal. Only a --timeout that was given ends it.
func enter(cmd *cobra.Command, lab, node string, x *exec.Cmd) error {
	l, err := netns.Find(lab)
	if err != nil {
		return inputOr(cmd, err)
	}
	x.Stdin, x.Stdout, x.Stderr = os.Stdin, os.Stdout, os.Stderr
	if x.Dir, err = os.Getwd(); err != nil {
		return unknown(cmd, err)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGHUP) // an interrupt comes from the terminal, which sends it to the command too
	err = l.Start(node, x)
	if errors.Is(err, exec.ErrNotFound) {
		fmt.Fprintln(cmd.ErrOrStderr(), err)
		return exit(exitNotFound)
	}
	if err != nil {
		return inputOr(cmd, err)
	}
	ctx := context.Background()
	if t := cmd.Flag("timeout"); t.Changed {
		timeout, _ := cmd.Flags().GetDuration(t.Name)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	ended := make(chan error, 1)
	go func() { ended <- x.Wait() }()
	for {
		select {
		case s := <-signals:
			x.Process.Signal(s)
		case <-ctx.Done():
			x.Process.Kill()
			<-ended
			return unknown(cmd, fmt.Errorf("%s on %s: %w", x.Path, node, ctx.Err()))
		case err := <-ended:
			return codeOfCommand(err)
		}
	}
}

// codeOfCommand is the exit for a command that has run.
func codeOfCommand(err error) error {
	var failed *exec.ExitError
	if !errors.As(err, &failed) {
		return err
	}
	if status := failed.Sys().(syscall.WaitStatus); status.Signaled() {
		return exit(exitSignal + int(status.Signal()))
	}
	return exit(failed.ExitCode())
}
