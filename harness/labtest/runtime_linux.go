package labtest

import (
	"testing"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/runtime/clab"
	"github.com/closlab/closlab/harness/runtime/netns"
	"github.com/closlab/closlab/harness/speaker"
)

func init() {
	speaker.Hijack() // routers are this test's own binary, started again
	starters["netns"], starters["clab"] = Namespaced, Contained
	imagers["clab"], standIn = clab.Ready, clab.StandIn
}

// Namespaced brings a fabric up on live routers in network namespaces. It needs root.
func Namespaced(t testing.TB, f *fabric.Fabric) (*gate.Live, error) {
	return live(netns.New(t.Context(), f, netns.Options{Seed: seed, Log: t.Output()}))
}

// Contained brings a fabric up on live routers in Docker containers. It needs root, and closlab-clab in the PATH.
func Contained(t testing.TB, f *fabric.Fabric) (*gate.Live, error) {
	return live(clab.New(t.Context(), f, netns.Options{Seed: seed, Log: t.Output()}))
}

func live(r *netns.Runtime, err error) (*gate.Live, error) {
	if err != nil {
		return nil, err
	}
	differences := func() []string {
		var out []string
		for _, d := range r.Differences() {
			out = append(out, d.String())
		}
		return out
	}
	return &gate.Live{Runtime: r, Name: r.Version(), Version: r.Version, Differences: differences, Notes: r.Notes, Stop: r.Stop, Stream: r.Stream}, nil
}
