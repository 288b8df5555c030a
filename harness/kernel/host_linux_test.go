package kernel_test

import (
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netlink"

	"github.com/closlab/closlab/harness/kernel"
)

// host is what a lab could spoil of the machine it runs on.
type host struct {
	Sysctls map[string]string
	Routes  []string
	Links   []string
	Names   []string // of namespaces made by these tests
}

func seeHost(t *testing.T) host {
	t.Helper()
	h := host{Sysctls: map[string]string{}}
	for _, root := range []string{"/proc/sys/net/ipv4", "/proc/sys/net/ipv6", "/proc/sys/net/core"} {
		require.NoError(t, filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				if value, err := os.ReadFile(name); err == nil { // some can only be written
					h.Sysctls[name] = string(value)
				}
			}
			return nil
		}))
	}
	routes, err := netlink.RouteList(nil, netlink.FAMILY_ALL)
	require.NoError(t, err)
	for _, r := range routes {
		h.Routes = append(h.Routes, r.String())
	}
	links, err := netlink.LinkList()
	require.NoError(t, err)
	for _, l := range links {
		h.Links = append(h.Links, l.Attrs().Name)
	}
	names, err := os.ReadDir("/run/netns")
	if err != nil {
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
	for _, n := range names {
		if strings.HasPrefix(n.Name(), prefix) {
			h.Names = append(h.Names, n.Name())
		}
	}
	return h
}

func TestTheHostIsAsItWasBefore(t *testing.T) {
	require.NoError(t, kernel.Supported())
	before := seeHost(t)
	t.Run("lab", func(t *testing.T) {
		l := newLine(t)
		require.NoError(t, l.router.SetRoute(kernel.Route{Dst: netip.MustParsePrefix("203.0.113.0/24"), Discard: true}))
		require.NoError(t, l.router.Sysctl("ipv4/ip_default_ttl", "7"))
		n, err := kernel.New(prefix + "host")
		require.NoError(t, err)
		require.Contains(t, seeHost(t).Names, prefix+"host")
		require.NoError(t, n.Delete())
	})
	require.Equal(t, before, seeHost(t))
	require.Empty(t, before.Names)
}
