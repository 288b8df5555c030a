package footprint

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Host is what there is of a machine that a lab could spoil: a line for each thing, with what is to be said of it.
type Host map[string]string

// See looks at the machine from the network namespace of this thread. What belongs to labs is left out, but for labs of the
// fabrics whose names begin with one of those given.
func See(t testing.TB, fabrics ...string) Host {
	t.Helper()
	h := Host{}
	h.sysctls(t)
	h.links(t)
	h.routes(t)
	h.filters(t)
	h.files(t)
	h.names(t, fabrics)
	return h
}

// Differences tells two looks at a machine apart.
func (h Host) Differences(now Host) []string {
	out := []string{}
	for thing := range maps.Keys(h) {
		if is, there := now[thing]; !there {
			out = append(out, thing+" is gone")
		} else if is != h[thing] {
			out = append(out, fmt.Sprintf("%s was %q and is %q", thing, h[thing], is))
		}
	}
	for thing := range maps.Keys(now) {
		if _, there := h[thing]; !there {
			out = append(out, thing+" is new")
		}
	}
	slices.Sort(out)
	return out
}

// sysctls are those of the network. The kernel changes the count of connections by itself.
func (h Host) sysctls(t testing.TB) {
	require.NoError(t, filepath.WalkDir("/proc/sys/net", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "nf_conntrack_count" {
			if value, err := os.ReadFile(name); err == nil { // some can only be written
				h["sysctl "+name] = string(value)
			}
		}
		return nil
	}))
}

func (h Host) links(t testing.TB) {
	links, err := netlink.LinkList()
	require.NoError(t, err)
	for _, l := range links {
		a := l.Attrs()
		h["link "+a.Name] = fmt.Sprint(l.Type(), a.Index, a.MTU, a.Flags, a.HardwareAddr, a.MasterIndex, a.ParentIndex, a.OperState)
		filters, err := netlink.QdiscList(l)
		require.NoError(t, err)
		for _, f := range filters {
			h["queue "+a.Name+" "+f.Type()] = f.Attrs().String()
		}
	}
	addrs, err := netlink.AddrList(nil, netlink.FAMILY_ALL)
	require.NoError(t, err)
	for _, a := range addrs {
		h[fmt.Sprintf("address %d %s", a.LinkIndex, a.IPNet)] = fmt.Sprint(a.Scope, a.Flags)
	}
}

// routes are those of all tables, with the rules that choose between these.
func (h Host) routes(t testing.TB) {
	routes, err := netlink.RouteListFiltered(netlink.FAMILY_ALL, &netlink.Route{Table: unix.RT_TABLE_UNSPEC}, netlink.RT_FILTER_TABLE)
	require.NoError(t, err)
	for _, r := range routes {
		h[fmt.Sprintf("route %v table %d link %d metric %d", r.Dst, r.Table, r.LinkIndex, r.Priority)] = fmt.Sprint(r.Type, r.Gw, r.Src, r.MultiPath, r.Protocol)
	}
	rules, err := netlink.RuleList(netlink.FAMILY_ALL)
	require.NoError(t, err)
	for _, r := range rules {
		h["rule "+r.String()] = ""
	}
}

// files are those of /etc, and what is mounted; mounts of namespaces are told by names.
func (h Host) files(t testing.TB) {
	require.NoError(t, filepath.WalkDir("/etc", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			text, err := os.ReadFile(name)
			if err != nil {
				return nil // gone since
			}
			h["file "+name] = fmt.Sprintf("%x", sha256.Sum256(text))
		}
		return nil
	}))
	mounts, err := os.ReadFile("/proc/thread-self/mountinfo")
	require.NoError(t, err)
	for line := range strings.Lines(string(mounts)) {
		if at := strings.Fields(line)[4]; !strings.HasPrefix(at, "/run/netns/") {
			h["mount "+at] = ""
		}
	}
}

// names are what is in /run, and of labs those of the fabrics.
func (h Host) names(t testing.TB, fabrics []string) {
	for _, pattern := range []string{"/run/*", "/run/netns/*", "/run/closlab/*"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range found {
			ours := slices.ContainsFunc(fabrics, func(f string) bool { return strings.HasPrefix(filepath.Base(name), f) })
			if pattern == "/run/*" || ours {
				h["name "+name] = ""
			}
		}
	}
}
