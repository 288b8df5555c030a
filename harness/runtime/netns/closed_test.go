//go:build linux

package netns_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netlink"

	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// escapes returns the links of these namespaces that lead elsewhere than to one of them: a closed world has only loopbacks and veth
// pairs within. Where there is no link there is no way out, whatever a route says.
func escapes(t *testing.T, names ...string) []string {
	t.Helper()
	var world []*kernel.Namespace
	for _, name := range names {
		ns, err := kernel.Open(name)
		require.NoError(t, err)
		defer ns.Close()
		world = append(world, ns)
	}
	out := []string{}
	for _, ns := range world {
		require.NoError(t, ns.Do(func() error {
			links, err := netlink.LinkList() // asking gives the namespaces at the other ends their numbers
			if err != nil {
				return err
			}
			inside := []int{-1} // that of the namespace itself
			for _, other := range world {
				id, err := netlink.GetNetNsIdByFd(int(other.Fd()))
				if err != nil {
					return err
				}
				inside = append(inside, id)
			}
			for _, l := range links {
				loop := l.Attrs().Flags&net.FlagLoopback != 0
				if !loop && (l.Type() != "veth" || !slices.Contains(inside, l.Attrs().NetNsID)) {
					out = append(out, fmt.Sprintf("%s: %s %s", ns.Name, l.Type(), l.Attrs().Name))
				}
			}
			return nil
		}))
	}
	return out
}

// mine is what this process has of its own that a lab could leave behind.
type mine struct {
	Descriptors []string
	Goroutines  int
	Children    []string
}

func seeMine(t *testing.T) mine {
	t.Helper()
	m := mine{Goroutines: runtime.NumGoroutine()}
	fds, err := filepath.Glob("/proc/self/fd/*")
	require.NoError(t, err)
	for _, fd := range fds {
		if link, err := os.Readlink(fd); err == nil {
			m.Descriptors = append(m.Descriptors, strings.TrimRight(link, "0123456789]"))
		}
	}
	slices.Sort(m.Descriptors)
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	for _, name := range stats {
		text, _ := os.ReadFile(name)
		_, rest, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == fmt.Sprint(os.Getpid()) {
			m.Children = append(m.Children, string(text))
		}
	}
	return m
}

// A lab has no way out while it is up, and when it is down nothing of the machine is other than before.
func TestALabIsAClosedWorld(t *testing.T) {
	f := fabricNamed(t, "closed").Fabric
	live := func(look func(*netns.Runtime)) {
		r, err := netns.New(t.Context(), f, netns.Options{})
		require.NoError(t, err)
		defer func() { require.NoError(t, r.Stop()) }()
		require.NoError(t, r.Settle(t.Context()))
		_, err = r.Observe(observe.Request{Trips: []observe.Trip{{From: "leaf1", To: "leaf3"}, {From: "edge1", To: "leaf2", V6: true}}})
		require.NoError(t, err)
		look(r)
	}
	live(func(*netns.Runtime) {}) // what a process opens once and keeps is there
	before, objects, own := seeHost(t, f.Name), bpfObjects(t), seeMine(t)
	live(func(r *netns.Runtime) {
		labs, err := netns.Labs()
		require.NoError(t, err)
		l := labs[slices.IndexFunc(labs, func(l netns.Lab) bool { return l.Name == r.Name })]
		require.Len(t, l.Namespaces(), len(f.Nodes))
		require.Empty(t, escapes(t, l.Namespaces()...))
		pids := []int{os.Getpid()}
		for _, p := range l.Routers {
			pids = append(pids, p.Pid)
		}
		require.Len(t, pids, 1+len(l.Routers))
		require.Empty(t, socketsOf(t, pids...))
		for _, d := range before.differences(seeHost(t, f.Name)) {
			ours := slices.ContainsFunc(append(l.Namespaces(), l.Name), func(n string) bool { return strings.HasSuffix(d, "/"+n+" is new") })
			require.True(t, ours, d)
		}
	})
	require.Empty(t, before.differences(seeHost(t, f.Name)))
	for patience := time.After(10 * time.Second); len(orphans(t, objects)) > 0 || seeMine(t).Goroutines > own.Goroutines; {
		select { // the kernel frees programs when it gets round to it, and goroutines end after what they wait for
		case <-time.After(time.Millisecond):
		case <-patience:
			require.Empty(t, orphans(t, objects))
			require.Equal(t, own.Goroutines, seeMine(t).Goroutines)
		}
	}
	now := seeMine(t)
	now.Goroutines = own.Goroutines
	require.Equal(t, own, now)
}

// What joins a lab to the world outside is found.
func TestAnOpenWorldIsFound(t *testing.T) {
	inside := [2]string{own("open") + "a", own("open") + "b"}
	var ends []kernel.End
	for i, name := range inside {
		ns, err := kernel.New(name)
		require.NoError(t, err)
		defer ns.Delete()
		ends = append(ends, kernel.End{In: ns, Name: "x", Addrs: []netip.Prefix{netip.MustParsePrefix(fmt.Sprintf("10.0.0.%d/31", i))}})
	}
	require.NoError(t, kernel.Connect(ends[0], ends[1], 1500))
	require.Empty(t, escapes(t, inside[:]...))
	require.Equal(t, []string{inside[0] + ": veth x"}, escapes(t, inside[0]), "the other end is outside now")

	beyond, err := kernel.New("")
	require.NoError(t, err)
	defer beyond.Close()
	require.NoError(t, kernel.Connect(kernel.End{In: ends[1].In, Name: "out"}, kernel.End{In: beyond, Name: "in"}, 1500))
	require.Equal(t, []string{inside[1] + ": veth out"}, escapes(t, inside[:]...))
	require.NoError(t, ends[0].In.Do(func() error {
		return netlink.LinkAdd(&netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "bridge0"}})
	}))
	require.Equal(t, []string{inside[0] + ": bridge bridge0", inside[1] + ": veth out"}, escapes(t, inside[:]...))
}
