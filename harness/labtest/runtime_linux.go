package labtest

import (
	"testing"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/runtime/netns"
	"github.com/closlab/closlab/harness/speaker"
)

func init() {
	speaker.Hijack() // routers are this test's own binary, started again
	starters["netns"] = Namespaced
}

// Namespaced brings a fabric up on live routers in network namespaces. It needs root.
func Namespaced(t testing.TB, f *fabric.Fabric) (*gate.Live, error) {
	r, err := netns.New(t.Context(), f, netns.Options{Seed: seed, Log: t.Output()})
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
	return &gate.Live{Runtime: r, Name: r.Version(), Differences: differences, Notes: r.Notes, Stop: r.Stop, Stream: r.Stream}, nil
}
