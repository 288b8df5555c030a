// Command closlab-clab is what closlab has of containerlab: it deploys the nodes of a topology file in Docker through
// containerlab's library (github.com/srl-labs/containerlab/core), removes them, and takes images in. closlab starts it for
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
	"syscall"

	"github.com/charmbracelet/log"
)

func main() {
	log.SetLevel(log.FatalLevel + 1) // errors are returned, too
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	usage := errors.New("usage: closlab-clab deploy TOPOLOGY [NODE...] | list | wait CONTAINER | run CONTAINER COMMAND... | remove CONTAINER... | images NAME... | import NAME LINE...")
	if len(args) == 0 {
		return usage
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
		return deploy(ctx, args[0], args[1:])
	case verb == "list" && len(args) == 0:
		return docker.list(ctx, os.Stdout)
	case verb == "wait" && len(args) == 1:
		return docker.wait(ctx, args[0], os.Stdout)
	case verb == "run" && len(args) > 1:
		return docker.run(ctx, args[0], args[1:])
	case verb == "remove" && len(args) > 0:
		return docker.remove(args)
	case verb == "images":
		return docker.images(ctx, args, os.Stdout)
	case verb == "import" && len(args) > 1:
		return docker.take(ctx, os.Stdin, args[0], args[1:])
	}
	return usage
}
