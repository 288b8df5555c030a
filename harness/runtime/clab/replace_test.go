//go:build linux

package clab_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/runtime/clab"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// rehearse judges a candidate.yaml on the small fabric of containers, altered before. It returns the labs' images of spine1, in the order in which they were seen
// as it was applied and rolled back.
func rehearse(t *testing.T, d *docker, name, notes string, alter ...func(*fabric.Fabric)) (v *gate.Verdict, ran []string) {
	t.Helper()
	base, err := candidate.Load("../../../topologies/clos-small")
	require.NoError(t, err)
	base.Fabric.Name = fmt.Sprintf("%s%d", name, os.Getpid())
	for _, f := range alter {
		f(base.Fabric)
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "candidate.yaml"), []byte(notes), 0o644))
	c, err := base.With(dir)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	start := func(f *fabric.Fabric) (*gate.Live, error) {
		r, err := clab.New(ctx, f, netns.Options{Log: t.Output()})
		if err != nil {
			return nil, err
		}
		return &gate.Live{Runtime: watched{r, func() {
			ran = append(ran, d.command("inspect", "--format", "{{.Config.Image}}", "clab-"+r.Name+"-spine1"))
		}}, Name: r.Version(), Version: r.Version, Stream: r.Stream, Notes: r.Notes, Stop: r.Stop,
			Differences: func() []string {
				var out []string
				for _, d := range r.Differences() {
					out = append(out, d.String())
				}
				return out
			}}, nil
	}
	v = gate.Run(ctx, base, c, gate.Options{Seed: 1, Start: start, Images: func(f ...*fabric.Fabric) error { return clab.Ready(ctx, f...) }})
	require.Empty(t, d.left())
	require.Empty(t, remnants(t, base.Fabric))
	return v, ran
}

// watched tells when something was applied.
type watched struct {
	*netns.Runtime
	applied func()
}

func (w watched) Apply(f *fabric.Fabric, node string) error {
	err := w.Runtime.Apply(f, node)
	w.applied()
	return err
}

// A spine is given another image and its own back. Every invariant holds, and the routers around it are probed meanwhile.
func TestARouterChangesItsImage(t *testing.T) {
	d := sharedDocker(t)
	require.NoError(t, clab.Images(t.Context(), func(string) {}))
	d.command("tag", "closlab/frr:latest", "closlab/frr:next")
	defer d.command("rmi", "closlab/frr:next")
	v, ran := rehearse(t, d, "rehearsal", "images: {spine1: 'closlab/frr:next'}")
	require.Equal(t, gate.Pass, v.Outcome, v.Unknowns)
	require.Empty(t, v.Unknowns)
	require.Equal(t, []string{"closlab/frr:next\n", "closlab/frr:latest\n"}, ran)
	require.Regexp(t, `^clab frr \d.* \+ gobgp 4\.8\.0$`, v.Evidence.Observed)
	require.Len(t, v.Transients, 2)
	for _, transient := range v.Transients {
		require.Positive(t, transient.Losses[0].Probes)
	}
}

// What an image lacks makes the verdict Unknown, and what there is of the lab goes.
func TestAnImageWithoutItsRouter(t *testing.T) {
	d := sharedDocker(t)
	require.NoError(t, clab.Images(t.Context(), func(string) {}))
	v, _ := rehearse(t, d, "hollow", "images: {spine1: 'closlab/router:latest'}")
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Len(t, v.Unknowns, 1)
	require.Contains(t, v.Unknowns[0], "observation: with the candidate on spine1: spine1: apply: image closlab/router:latest: router spine1: start: FRR is not installed")
}

// An image that is missing is said before anything is started.
func TestAnImageThatIsMissing(t *testing.T) {
	d := sharedDocker(t)
	v, ran := rehearse(t, d, "absent", "images: {spine1: 'frr:none'}")
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Len(t, v.Unknowns, 1)
	require.Contains(t, v.Unknowns[0], "node spine1: image frr:none is not on this machine, and closlab pulls none unless it is asked to: docker pull frr:none, or --pull of ")
	require.Empty(t, ran)
	require.Empty(t, v.Evidence.Observed)
}
