package daemons_test

import (
	"context"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netlink"

	"github.com/closlab/closlab/harness/daemons"
)

// inside makes this process the test in namespaces of its own.
const inside = "CLOSLAB_TEST_INSIDE"

// alone runs the test once more, in a network, mount and process namespace of its own, and reports whether this is that run.
func alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(inside) != "" {
		return true
	}
	cmd := exec.Command("/proc/self/exe", "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL}
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Run(), "%s", &said)
	require.Contains(t, said.String(), "--- PASS: "+t.Name())
	return false
}

// start runs a router inside.
func start(t *testing.T) *daemons.Router {
	t.Helper()
	require.NoError(t, syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""))
	require.NoError(t, syscall.Mount("proc", "/proc", "proc", 0, ""))
	lo, err := netlink.LinkByName("lo")
	require.NoError(t, err)
	require.NoError(t, netlink.LinkSetUp(lo))
	require.NoError(t, daemons.Seclude())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := daemons.Start(ctx, 65001, netip.MustParseAddr("192.0.2.1"), io.Discard, func() {})
	require.NoError(t, err)
	return r
}

func TestRouterHoldsItsOwnRoutes(t *testing.T) {
	if !alone(t) {
		return
	}
	r := start(t)
	require.Regexp(t, `^\d+\.\d+`, r.Version)
	require.NoError(t, r.BGP.Configure("route-map own permit 10", "set community 65001:1 no-export", "set large-community 1:2:3",
		"set extcommunity rt 1:2", "set metric 7", "set origin incomplete"))
	require.NoError(t, r.ConfigureBGP("address-family ipv4 unicast", "network 198.51.100.0/24 route-map own"))
	paths, err := r.Paths(false)
	require.NoError(t, err)
	require.Len(t, paths, 1)
	require.True(t, paths[0].Local)
	require.Equal(t, "198.51.100.0/24", paths[0].Route.Prefix.String())
	require.Equal(t, uint32(7), paths[0].Route.MED)
	require.Equal(t, "incomplete", paths[0].Route.Origin.String())
	var communities []string
	for _, c := range paths[0].Route.Communities {
		communities = append(communities, c.String())
	}
	require.ElementsMatch(t, []string{"65001:1", "65535:65281", "large:1:2:3", "target:1:2"}, communities)
}

func TestALineThatIsNotTakenIsNamed(t *testing.T) {
	if !alone(t) {
		return
	}
	r := start(t)
	err := r.BGP.Configure("ip prefix-list A permit 10.0.0.0/8 le 7", "ip prefix-list B permit 10.0.0.0/8", "rotue-map C permit 10")
	require.ErrorContains(t, err, "Invalid prefix range for 10.0.0.0/8")
	require.ErrorContains(t, err, `"rotue-map C permit 10": % [BGP] Unknown command`)
	require.ErrorContains(t, r.BGP.Configure("route-map A permit 10\nlog file /tmp/x"), "a command is one line")
	require.NoError(t, r.BGP.Configure("ip prefix-list C seq 5 permit 10.0.0.0/8"), "what was refused is forgotten")
	running, err := r.BGP.Ask("show running-config")
	require.NoError(t, err)
	require.Contains(t, running, "prefix-list C")
	require.NotContains(t, running, "prefix-list A")
	_, err = r.BGP.Ask("show version\nconfigure terminal")
	require.ErrorContains(t, err, "a command is one line")
}

func TestADaemonThatEndsIsNamed(t *testing.T) {
	if !alone(t) {
		return
	}
	r := start(t)
	text, err := os.ReadFile(filepath.Join(daemons.Run, "bgpd.pid"))
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	require.ErrorContains(t, <-r.Ended(), "bgpd has ended")
	runtime.KeepAlive(r)
}
