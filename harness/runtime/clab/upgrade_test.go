//go:build linux

package clab_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/runtime/clab"
)

// other is the Debian release whose FRR these tests have beside this machine's, and the release that this is.
const other, otherFRR = "trixie", `frr 10\.\S+`

// unpacked returns the root of a system with the FRR of a Debian release, from the mirror that this machine has its packages from.
func unpacked(t *testing.T, suite string) string {
	t.Helper()
	const root = "../../../.cache/frr/" + other
	out, err := exec.CommandContext(t.Context(), "../../../scripts/frr", suite, root).CombinedOutput()
	require.NoError(t, err, "scripts/frr: %s", out)
	return root
}

// The leaves run a later release already, and a spine is to follow: two releases in one fabric before, during and after. The verdict says which router
// ran which, and the roll-back brings the old image back.
func TestAnUpgradeIsRehearsed(t *testing.T) {
	d := sharedDocker(t)
	require.NoError(t, clab.Images(t.Context(), func(string) {}))
	root := exec.CommandContext(t.Context(), "tar", "--create", "--directory", unpacked(t, other), ".")
	take := exec.CommandContext(t.Context(), "docker", "import", "-", "frr:"+other)
	var err error
	take.Stdin, err = root.StdoutPipe()
	require.NoError(t, err)
	take.Stderr, root.Stderr = os.Stderr, os.Stderr
	require.NoError(t, take.Start())
	require.NoError(t, root.Run())
	require.NoError(t, take.Wait())
	t.Cleanup(func() { d.command("rmi", "frr:"+other) })

	v, ran := rehearse(t, d, "upgrade", "images: {spine1: 'frr:"+other+"'}", func(f *fabric.Fabric) {
		for _, n := range f.Nodes {
			if n.Tier == "leaf" {
				n.Image = "frr:" + other
			}
		}
	})
	require.Equal(t, gate.Pass, v.Outcome, v.Unknowns)
	require.Equal(t, []string{"frr:" + other + "\n", "closlab/frr:latest\n"}, ran)
	require.Regexp(t, `^clab `+otherFRR+` \+ frr 8\.\S+ \+ gobgp 4\.8\.0$`, v.Evidence.Observed)
	require.Regexp(t, `^spine1 ran frr 8\.\S+ in image closlab/frr:latest, then `+otherFRR+` in image frr:`+other+`$`, v.Evidence.Notes[0])
}
