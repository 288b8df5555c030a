package budget

import (
	"fmt"
	"io/fs"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
)

// clos is a fabric of leaves that all meet eight spines.
func clos(t *testing.T, leaves int, engine string) *fabric.Fabric {
	text := fmt.Sprintf(`name: big
tiers:
  spine: {count: 8, asn: 65000, engine: %[2]s}
  leaf:  {count: %[1]d, asn_from: 65101, engine: %[2]s, owns: racks}
prefixes: {racks: {block: 10.0.0.0/8, each: 24}}
links: [{from: leaf, to: spine}]
invariants: [{name: sessions, sessions: all}]
`, leaves, engine)
	f, err := fabric.Parse("fabric.yaml", []byte(text))
	require.NoError(t, err)
	return f
}

// What was measured: 48 leaves and 8 spines of GoBGP took 1950 MiB at their peak and 13 s of work.
func TestNeedOfWhatWasMeasured(t *testing.T) {
	t.Parallel()
	n := Of(clos(t, 48, "gobgp"), false)
	require.Equal(t, 56, n.Routers)
	require.InDelta(t, 1950<<20, float64(n.Memory), 400<<20)
	require.Greater(t, n.Memory, uint64(1950<<20), "rather too much than too little")
	require.InDelta(t, 14, n.Work.Seconds(), 3)
	require.Equal(t, 1, n.Cores())
}

func TestContainersAndFRRTakeMore(t *testing.T) {
	t.Parallel()
	gobgp, daemons := clos(t, 48, "gobgp"), clos(t, 48, "frr")
	require.Greater(t, Of(daemons, false).Memory, Of(gobgp, false).Memory)
	require.Greater(t, Of(gobgp, true).Memory, Of(gobgp, false).Memory)
}

// A fabric that a machine has no memory for is told what it takes.
func TestTooLargeForThisMachine(t *testing.T) {
	t.Parallel()
	n := Of(clos(t, 2000, "gobgp"), false)
	require.NoError(t, n.Fits(n.Memory))
	err := n.Fits(4 << 30)
	require.EqualError(t, err, "fabric big: too large for this machine: its 2008 nodes, 2008 of them routers, take about 87.9 GiB of memory, and 4.0 GiB are available; "+
		"11 cores would have it up within a minute: use a larger machine, fewer nodes, --engine gobgp, or the sim runtime")
}

func TestCores(t *testing.T) {
	t.Parallel()
	for work, cores := range map[time.Duration]int{0: 1, time.Minute: 1, 61 * time.Second: 2, 10 * time.Minute: 10} {
		require.Equal(t, cores, Need{Work: work}.Cores(), work)
	}
}

func TestMeminfo(t *testing.T) {
	t.Parallel()
	got, err := meminfo([]byte("MemTotal: 24682084 kB\nMemAvailable:   1024 kB\nSwapFree:      2048 kB\nHugePages_Free: 0\n"))
	require.NoError(t, err)
	require.EqualValues(t, 3<<20, got)
	_, err = meminfo([]byte("MemTotal: 1 kB\nSwapFree: 5 kB\n"))
	require.ErrorContains(t, err, "no MemAvailable")
	_, err = meminfo([]byte("MemAvailable: many kB\n"))
	require.ErrorContains(t, err, `"MemAvailable: many kB"`)
}

// A container of a CI has a limit of its own.
func TestLimitOfTheControlGroup(t *testing.T) {
	t.Parallel()
	files := map[string]string{"/proc/self/cgroup": "1:name=systemd:/x\n0::/ci\n", "/sys/fs/cgroup/ci/memory.max": "1000\n", "/sys/fs/cgroup/ci/memory.current": "300\n"}
	read := func(name string) ([]byte, error) {
		if text, ok := files[name]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	}
	left, limited := group(read)
	require.True(t, limited)
	require.EqualValues(t, 700, left)
	files["/sys/fs/cgroup/ci/memory.current"] = "1300\n"
	left, _ = group(read)
	require.Zero(t, left)
	files["/sys/fs/cgroup/ci/memory.max"] = "max\n"
	_, limited = group(read)
	require.False(t, limited)
	delete(files, "/proc/self/cgroup")
	_, limited = group(read)
	require.False(t, limited)
}

func TestRoom(t *testing.T) {
	t.Parallel()
	gobgp, daemons := Room(8 << 30)
	require.Greater(t, gobgp, daemons)
	require.Positive(t, daemons)
	gobgp, daemons = Room(0)
	require.Zero(t, gobgp+daemons)
}
