//go:build linux

package clab_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/lab"
	"github.com/closlab/closlab/harness/runtime/clab"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// altered makes an image for the time of a test: that of FRR with another file, a program of its own.
func altered(t *testing.T, d *docker, name, path, program string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	require.NoError(t, os.WriteFile(file, []byte(program), 0o755))
	id := strings.TrimSpace(d.command("create", "closlab/frr"))
	d.command("cp", id+":"+path, file+".real")
	d.command("cp", file, id+":"+path)
	d.command("cp", file+".real", id+":"+path+".real")
	d.command("commit", id, name)
	d.command("rm", id)
	t.Cleanup(func() { d.command("rmi", name) })
}

// crashing is a bgpd that runs until it has a neighbour.
const crashing = `#!/bin/sh
/usr/lib/frr/bgpd.real "$@" &
until case "$(vtysh -d bgpd -c 'show running-config')" in *neighbor*) true ;; *) false ;; esac; do :; done
kill -ABRT $!
`

// foreigner is a program for another processor: the header of an ELF file for s390.
const foreigner = "\x7fELF\x02\x02\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x16"

// A router that does not come up in its new image, or ends there, gets its own back.
func TestARouterComesBackFromAnImageOfNoUse(t *testing.T) {
	d := sharedDocker(t)
	require.NoError(t, clab.Images(t.Context(), func(string) {}))
	altered(t, d, "frr:crashing", "/usr/lib/frr/bgpd", crashing)
	altered(t, d, "frr:foreign", "/usr/lib/frr/zebra", foreigner)
	f := named(t, "clos-small", "comeback")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	r, err := clab.New(ctx, f, netns.Options{Log: t.Output()})
	require.NoError(t, err)
	defer r.Stop()
	require.NoError(t, r.Settle(ctx))
	l := lab.New(f, r)
	for image, says := range map[string]string{
		"closlab/router:latest": "image closlab/router:latest: router spine1: start: FRR is not installed",
		"frr:crashing":          "router spine1: ",
		"frr:foreign":           "image frr:foreign: router spine1: start: zebra: fork/exec /usr/lib/frr/zebra: exec format error",
	} {
		require.ErrorContains(t, l.Apply(ctx, f.OnImages(map[string]string{"spine1": image}), "spine1"), says)
		require.NoError(t, l.Rollback(ctx))
		require.Empty(t, r.Differences())
		require.Equal(t, "closlab/frr:latest\n", d.command("inspect", "--format", "{{.Config.Image}}", "clab-"+r.Name+"-spine1"))
	}
	require.NoError(t, r.Stop())
	require.Empty(t, d.left())
	require.Empty(t, remnants(t, f))
}

// A tag that is moved while the lab is up means another image: the way back is not taken for one.
func TestATagThatIsMoved(t *testing.T) {
	d := sharedDocker(t)
	require.NoError(t, clab.Images(t.Context(), func(string) {}))
	altered(t, d, "frr:other", "/usr/bin/tini", "#!/bin/sh\n")
	d.command("tag", "closlab/frr", "frr:production")
	t.Cleanup(func() { d.command("rmi", "frr:production") })
	f := named(t, "clos-small", "moved")
	f.Node("spine1").Image = "frr:production"
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	r, err := clab.New(ctx, f, netns.Options{Log: t.Output()})
	require.NoError(t, err)
	defer r.Stop()
	require.NoError(t, r.Settle(ctx))
	l := lab.New(f, r)
	require.NoError(t, l.Apply(ctx, f.OnImages(map[string]string{"spine1": "closlab/frr:latest"}), "spine1"))
	d.command("tag", "frr:other", "frr:production")
	require.ErrorContains(t, l.Rollback(ctx), "image frr:production is not what it was when this lab first ran it (sha256:")
	d.command("tag", "closlab/frr", "frr:production")
	require.NoError(t, l.Rollback(ctx))
	require.Empty(t, r.Differences())
}
