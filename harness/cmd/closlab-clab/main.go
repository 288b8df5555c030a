// Command closlab-clab is what closlab has of containerlab: it deploys the nodes of a topology file in Docker through
// containerlab's library (github.com/srl-labs/containerlab/core), removes them, and takes images in or has Docker pull them. closlab starts it for
// the clab runtime; nobody else need.
//
// It is a program and a module of its own, so that neither closlab's routers, which are closlab itself started again, nor its users
// pay for containerlab: 60 ms and 2 MB for each process to initialise its packages, 30 MB on disk, and 150 modules.
//
// It wires no links and makes no management network: closlab joins the nodes itself, in place, a hundred times faster. Nodes are deployed
// through containerlab's public functions without its Deploy, which fails on kernels without loadable modules.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/charmbracelet/log"
)

// protocol is the number of the words and arguments by which closlab and this program understand each other: another one for each change of them
// (protocol in harness/runtime/clab/driver.go).
const protocol = "3"

// stranger is an error of who calls.
type stranger struct{ error }

func main() {
	log.SetLevel(log.FatalLevel + 1) // errors are returned, too
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		if errors.As(err, new(stranger)) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	usage := stranger{errors.New("usage: closlab-clab " + protocol + " version | deploy TOPOLOGY [NODE...] | list | wait CONTAINER PID | run CONTAINER COMMAND... | remove CONTAINER... | images NAME... | pull NAME... | import NAME LINE...")}
	if len(args) < 2 || args[0] != protocol {
		return usage
	}
	args = args[1:]
	if args[0] == "version" {
		fmt.Println(version())
		return nil
	}
	docker, err := connect(ctx)
	if err != nil {
		return err
	}
	switch verb, args := args[0], args[1:]; {
	case verb == "deploy" && len(args) > 0:
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		go func() {
			io.Copy(io.Discard, os.Stdin)
			stop()
		}()
		if err := docker.deploy(ctx, args[0], args[1:]); err != nil {
			return err
		}
		return docker.list(ctx, os.Stdout)
	case verb == "list" && len(args) == 0:
		return docker.list(ctx, os.Stdout)
	case verb == "wait" && len(args) == 2:
		return docker.wait(ctx, args[0], args[1], os.Stdout)
	case verb == "run" && len(args) > 1:
		return docker.run(ctx, args[0], args[1:])
	case verb == "remove" && len(args) > 0:
		return docker.remove(args)
	case verb == "images":
		return docker.images(ctx, args, os.Stdout)
	case verb == "pull":
		return docker.pull(ctx, args, os.Stdout)
	case verb == "import" && len(args) > 1:
		return docker.take(ctx, os.Stdin, args[0], args[1:])
	}
	return usage
}

// version returns that of containerlab's library.
func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, m := range info.Deps {
		if m.Path == "github.com/srl-labs/containerlab" {
			return m.Version
		}
	}
	return "of an unknown version"
}
