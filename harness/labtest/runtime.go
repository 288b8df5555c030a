package labtest

import (
	"context"
	"flag"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/runtime/sim"
)

// seed of every lab of a test: the same run every time.
const seed = 1

// deadline of a story, from the start of its lab to the end.
const deadline = 3 * time.Minute

var runtimeName = flag.String("lab", "sim", "what labs run on: sim, netns, or clab (live routers in namespaces or Docker containers; Linux, root)")

var engines = flag.String("engine", "", "what live routers run, whatever fabrics say: gobgp, frr, or frr,gobgp for one after the other")

// Starter brings a fabric up on a runtime; routes may still be on their way when it returns. What routers say of themselves goes to
// the log of t.
type Starter func(t testing.TB, f *fabric.Fabric) (*gate.Live, error)

// starters are those that run here, by the name of their runtime.
var starters = map[string]Starter{"sim": Simulated}

// imagers say why routers cannot have the images that they have in fabrics, of the runtimes on which they can have any.
var imagers = map[string]func(context.Context, ...*fabric.Fabric) error{}

// standIn returns the image of a node that names none.
var standIn func(*fabric.Node) string

// dress has closlab's own images stand in for those that nodes name, on a machine that lacks any of them.
func dress(t testing.TB, f *fabric.Fabric) *fabric.Fabric {
	standIns := map[string]string{}
	for _, n := range f.Nodes {
		if n.Image != "" && standIn != nil {
			standIns[n.Name] = standIn(n)
		}
	}
	ready := imagers[*runtimeName]
	if len(standIns) == 0 || ready == nil || ready(t.Context(), f) == nil {
		return f
	}
	return f.OnImages(standIns)
}

// Simulated brings a fabric up in this process.
func Simulated(_ testing.TB, f *fabric.Fabric) (*gate.Live, error) {
	return &gate.Live{Runtime: sim.New(f, seed), Name: "sim", Differences: func() []string { return nil }, Stop: func() error { return nil }}, nil
}

// Chosen returns what brings fabrics up on the runtime that the -lab flag names.
func Chosen(t testing.TB) Starter {
	t.Helper()
	start := starters[*runtimeName]
	if start == nil {
		t.Fatalf("-lab=%s: want one of those that run here: %s", *runtimeName, strings.Join(slices.Sorted(maps.Keys(starters)), ", "))
	}
	return start
}

// limited returns a context that ends with the test, or at the deadline.
func limited(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	t.Cleanup(cancel)
	return ctx
}
