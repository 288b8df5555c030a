package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/footprint"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// How much the stress tests do, which take root: nothing unless asked. make stress asks for all of it.
var (
	cycles = flag.Int("cycles", 0, "how often TestStressCycles brings a lab up and down")
	kills  = flag.Int("kills", 0, "how many gates TestStressKills kills")
	gates  = flag.Int("gates", 0, "how many gates TestStressTogether runs at the same time")
)

const (
	founding = "scenarios/reordered-site-locals/candidate"
	intended = "scenarios/standardised-communities/candidate"
)

// stress is a folder with the fabric mcp under a name of its own, and what there was on the machine before any lab of it.
type stress struct {
	t              *testing.T
	fabric, folder string
	before         footprint.Host
	objects        map[footprint.Object]bool
}

func newStress(t *testing.T) *stress {
	s := &stress{t: t, fabric: fmt.Sprintf("s%d", os.Getpid()), folder: t.TempDir()}
	require.NoError(t, copied("topologies/mcp", filepath.Join(s.folder, "mcp")))
	require.NoError(t, copied("scenarios", filepath.Join(s.folder, "scenarios")))
	require.NoError(t, os.Mkdir(filepath.Join(s.folder, "tmp"), 0o755))
	require.NoError(t, rename(filepath.Join(s.folder, "mcp", "fabric.yaml"), s.fabric))
	require.NoError(t, os.MkdirAll("/run/closlab", 0o755))
	require.NoError(t, os.MkdirAll("/run/netns", 0o755))
	s.before, s.objects = footprint.See(t, s.fabric), footprint.Objects(t)
	t.Cleanup(func() { s.command("lab", "clean").Run() }) // where the test has failed
	return s
}

// command returns a run of closlab in the folder.
func (s *stress) command(args ...string) *exec.Cmd {
	path, err := exec.LookPath("closlab")
	require.NoError(s.t, err)
	cmd := exec.Command(path, args...)
	cmd.Dir = s.folder
	cmd.Env = append(os.Environ(), "FABRIC="+s.fabric, "TMPDIR="+filepath.Join(s.folder, "tmp"))
	return cmd
}

// gate returns a run of the gate, on live routers.
func (s *stress) gate(candidate string) *exec.Cmd {
	return s.command("gate", "mcp", "--candidate", candidate, "--runtime", "netns", "--format", "json", "--timeout", "10m")
}

// run runs closlab, wants it to succeed, and returns how long it took.
func (s *stress) run(args ...string) time.Duration {
	start := time.Now()
	out, err := s.command(args...).CombinedOutput()
	require.NoError(s.t, err, "%s:\n%s", strings.Join(args, " "), out)
	return time.Since(start)
}

// untouched wants the machine to be as it was: no namespace, process, BPF object or file is left.
func (s *stress) untouched() {
	s.t.Helper()
	require.Empty(s.t, s.before.Differences(footprint.See(s.t, s.fabric)))
	left, err := os.ReadDir(filepath.Join(s.folder, "tmp"))
	require.NoError(s.t, err)
	require.Empty(s.t, left)
	for late := time.After(patience); len(marked(s.fabric)) > 0 || len(footprint.Orphans(s.t, s.objects)) > 0; {
		select {
		case <-time.After(look):
		case <-late:
			require.Empty(s.t, marked(s.fabric), "processes")
			require.Empty(s.t, footprint.Orphans(s.t, s.objects))
		}
	}
}

// closed wants the lab to be a closed world: no link leads out, and only the socket in the lab's folder leads in.
func (s *stress) closed(name string) {
	s.t.Helper()
	l, err := netns.Find(name)
	require.NoError(s.t, err)
	require.Empty(s.t, footprint.Escapes(s.t, l.Namespaces()...))
	pids := []int{l.Pid}
	for _, p := range l.Processes {
		pids = append(pids, p.Pid)
	}
	require.Greater(s.t, len(pids), 1)
	for _, socket := range footprint.Sockets(s.t, pids...) {
		require.Regexp(s.t, "^unix .* /run/closlab/"+name+"/[a-z.]+$", socket)
	}
}

// Labs come and go, and each leaves the machine as it was.
func TestStressCycles(t *testing.T) {
	if *cycles == 0 {
		return
	}
	s := newStress(t)
	var up, down []time.Duration
	for range *cycles {
		up = append(up, s.run("lab", "up", "mcp"))
		s.closed(s.fabric + "-1")
		down = append(down, s.run("lab", "down", s.fabric+"-1"))
		s.untouched()
	}
	t.Logf("%d cycles: up in %s, down in %s (medians)", *cycles, median(up), median(down))
}

func median(ds []time.Duration) time.Duration {
	slices.Sort(ds)
	return ds[len(ds)/2].Round(time.Millisecond)
}

// Gates are killed at moments that a seed gives, and closlab lab clean removes what they leave.
func TestStressKills(t *testing.T) {
	if *kills == 0 {
		return
	}
	s := newStress(t)
	start := time.Now()
	var failed *exec.ExitError
	require.ErrorAs(t, s.gate(founding).Run(), &failed)
	require.Equal(t, exitReject, failed.ExitCode())
	whole := time.Since(start)
	s.untouched()
	rng := rand.New(rand.NewPCG(2022, 6))
	left := 0
	for range *kills {
		moment := time.Duration(rng.Float64() * float64(whole))
		cmd := s.gate(founding)
		require.NoError(t, cmd.Start())
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case <-time.After(moment):
			cmd.Process.Kill()
			<-ended
		case <-ended: // it was quicker this time
		}
		if found, _ := filepath.Glob("/run/closlab/" + s.fabric + "-*"); len(found) > 0 {
			left++
		}
		s.run("lab", "clean")
		s.untouched()
	}
	t.Logf("%d gates killed within the %s of a whole one: %d left something, all of it removed", *kills, whole.Round(time.Millisecond), left)
}

// Gates at the same time say what each says alone.
func TestStressTogether(t *testing.T) {
	if *gates == 0 {
		return
	}
	s := newStress(t)
	alone := map[string]map[string]any{}
	for _, c := range []string{founding, intended} {
		alone[c] = s.verdict(s.gate(c).Output())
	}
	require.Equal(t, "reject", alone[founding]["verdict"])
	require.Equal(t, "pass", alone[intended]["verdict"], "%v", alone[intended]["unknown"])
	type said struct {
		candidate string
		text      []byte
		err       error
	}
	all := make(chan said)
	for i := range *gates {
		c := []string{founding, intended}[i%2]
		cmd := s.gate(c)
		go func() {
			text, err := cmd.Output()
			all <- said{c, text, err}
		}()
	}
	for range *gates {
		x := <-all
		require.Equal(t, alone[x.candidate], s.verdict(x.text, x.err))
	}
	s.untouched()
}

// verdict returns what a gate has said, but for what is never twice the same: how long it took, what was lost on the way, and what
// routers had to be told twice.
func (s *stress) verdict(text []byte, err error) map[string]any {
	s.t.Helper()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		require.NoError(s.t, err)
	}
	out := map[string]any{}
	require.NoError(s.t, json.Unmarshal(text, &out), "%s", text)
	delete(out, "timing")
	delete(out, "transient")
	if evidence, is := out["evidence"].(map[string]any); is {
		delete(evidence, "notes")
	}
	return out
}
