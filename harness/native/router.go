package native

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"time"

	"github.com/closlab/closlab/harness/policy"
)

// Router is a vendor's router as its command line shows it. It is used by one goroutine at a time.
type Router struct {
	Version string // "juniper_crpd 24.2R1.14"
	device
}

// device is the commands of one kind. Errors name the line that the router did not like, if there is one.
type device interface {
	// version returns that of the software; an error may mean that it is still starting.
	version(ctx context.Context) (string, error)
	// load replaces the configuration, and compares what the router then holds with the text.
	load(ctx context.Context, text string) error
	// sessions returns the state of each BGP session by the neighbour's address: Up, or the router's own word.
	sessions(ctx context.Context) (map[netip.Addr]string, error)
	// paths returns the routes that BGP has learned and the import policy has left.
	paths(ctx context.Context) ([]Path, error)
	// fib returns the forwarding table; nil if the kernel has it.
	fib(ctx context.Context) ([]Forward, error)
}

// Up is the state of a session that is up.
const Up = "Established"

// Path is a route in the BGP table, after the import policy.
type Path struct {
	Route policy.Route // Neighbor is who sent it
	Best  bool         // used: the best or, with multipath, one of its equals
}

// Forward is an entry of the forwarding table: over next hops, to the router itself, or nowhere.
type Forward struct {
	Prefix netip.Prefix
	Hops   []netip.Addr
	Local  bool
	Drop   bool
}

// Run runs a command in the router's container and returns what it prints. The error says how it failed, with what it printed. It does not
// outlast ctx.
type Run func(ctx context.Context, stdin string, argv ...string) (string, error)

// How long a router may take, on a busy machine.
const (
	toBoot   = 5 * time.Minute
	toLoad   = 3 * time.Minute
	toAnswer = 45 * time.Second
	toRetry  = 200 * time.Millisecond // while it boots: a command line has nothing that could be waited for
)

// Open waits until the router of that kind answers. One of a kind that is not known is not asked: it has no sessions, routes and forwarding
// table then that could be told. folder is where configurations are put, as both this process and the router see it.
func Open(ctx context.Context, kind, folder string, run Run) (*Router, error) {
	r := &Router{}
	c := cli{run: run, folder: folder}
	switch kind {
	case "juniper_crpd":
		r.device = &crpd{c}
	case "arista_ceos":
		r.device = &ceos{cli: c}
	case "nokia_srlinux":
		r.device = &srlinux{cli: c}
	default:
		r.device = unasked{}
	}
	ctx, cancel := context.WithTimeout(ctx, toBoot)
	defer cancel()
	retry := time.NewTicker(toRetry)
	defer retry.Stop()
	for {
		v, err := within(ctx, toAnswer, r.version)
		if err == nil {
			r.Version = kind + " " + v
			return r, nil
		}
		if errors.Is(err, exec.ErrNotFound) {
			return nil, fmt.Errorf("this is no %s: %w", kind, err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("it does not answer: %w", err)
		case <-retry.C:
		}
	}
}

// Load replaces the configuration. The error says which line the router refused or does not hold, and then it may run another
// configuration than before.
func (r *Router) Load(ctx context.Context, text string) error {
	_, err := within(ctx, toLoad, func(ctx context.Context) (struct{}, error) { return struct{}{}, r.load(ctx, text) })
	return err
}

// Sessions returns the state of each BGP session by the neighbour's address; Up is up.
func (r *Router) Sessions(ctx context.Context) (map[netip.Addr]string, error) {
	return within(ctx, toAnswer, r.sessions)
}

// Paths returns the routes that BGP has learned, as the import policy left them.
func (r *Router) Paths(ctx context.Context) ([]Path, error) { return within(ctx, toAnswer, r.paths) }

// FIB returns the router's forwarding table; nil if the kernel has it.
func (r *Router) FIB(ctx context.Context) ([]Forward, error) { return within(ctx, toAnswer, r.fib) }

// within calls f with a limit, and says so if that was passed.
func within[T any](ctx context.Context, limit time.Duration, f func(context.Context) (T, error)) (T, error) {
	short, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out, err := f(short)
	if err != nil && ctx.Err() == nil && errors.Is(short.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("no answer within %s: %w", limit, err)
	}
	return out, err
}
