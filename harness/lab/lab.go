// Package lab is one fabric alive on a runtime: it applies changes in order, settles, observes, and rolls back.
// It declares the small interface that every runtime fulfils. It does not judge what it sees (package check does) and
// does not know how a runtime makes a node.
package lab

import (
	"context"
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// Runtime is a way for a fabric to be alive. It is used by one goroutine at a time.
type Runtime interface {
	// Settle waits until no router has anything more to say. Its error says what keeps going, or that ctx ended.
	Settle(ctx context.Context) error
	// Apply gives one router the policies that f has for it, as production would: in place, with soft resets.
	Apply(f *fabric.Fabric, node string) error
	// Observe returns what is to be seen now; the request adds what has to be sent to be seen.
	Observe(req observe.Request) (*observe.Snapshot, error)
	// Inject adds a route to a router: as received from peer, or into its own table if peer is "".
	Inject(node, peer string, r policy.Route) error
	// Break makes a fault happen; Mend ends it.
	Break(fabric.Fault) error
	Mend(fabric.Fault) error
}

// Lab is a fabric alive. It is used by one goroutine at a time.
type Lab struct {
	Fabric  *fabric.Fabric // what its routers run when nothing is applied
	Runtime Runtime

	applied []string // nodes that run something else, in the order it was given to them
}

// New returns the lab of a fabric that the runtime has started.
func New(f *fabric.Fabric, r Runtime) *Lab { return &Lab{Fabric: f, Runtime: r} }

// Applied returns the nodes that were given policies, or should have been, and not rolled back, in the order in which they first were.
func (l *Lab) Applied() []string { return slices.Clone(l.applied) }

// Apply gives the node the policies it has in f, and settles.
func (l *Lab) Apply(ctx context.Context, f *fabric.Fabric, node string) error {
	if !slices.Contains(l.applied, node) { // what fails halfway is to be rolled back, too
		l.applied = append(l.applied, node)
	}
	if err := l.Runtime.Apply(f, node); err != nil {
		return fmt.Errorf("%s: apply: %w", node, err)
	}
	return l.Runtime.Settle(ctx)
}

// Rollback gives every changed node its own policies back, last changed first, and settles after each.
func (l *Lab) Rollback(ctx context.Context) error {
	for len(l.applied) > 0 {
		node := l.applied[len(l.applied)-1]
		if err := l.Runtime.Apply(l.Fabric, node); err != nil {
			return fmt.Errorf("%s: roll back: %w", node, err)
		}
		if err := l.Runtime.Settle(ctx); err != nil {
			return fmt.Errorf("%s: roll back: %w", node, err)
		}
		l.applied = l.applied[:len(l.applied)-1]
	}
	return nil
}
