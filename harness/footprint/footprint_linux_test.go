package footprint_test

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"github.com/closlab/closlab/harness/footprint"
	"github.com/closlab/closlab/harness/kernel"
)

// Whatever changes on a machine is seen; the machine is a namespace here.
func TestChangesOfTheHostAreSeen(t *testing.T) {
	ns, err := kernel.New("")
	require.NoError(t, err)
	defer ns.Close()
	lo := &netlink.Device{LinkAttrs: netlink.LinkAttrs{Name: "lo", Index: 1}}
	_, net10, err := net.ParseCIDR("10.9.8.0/24")
	require.NoError(t, err)
	rule := netlink.NewRule()
	rule.Table, rule.Dst = 7, net10
	for says, change := range map[string]func() error{
		"sysctl /proc/sys/net/ipv4/ip_default_ttl was": func() error {
			return os.WriteFile("/proc/sys/net/ipv4/ip_default_ttl", []byte("7"), 0)
		},
		"link bridge0 is new": func() error {
			return netlink.LinkAdd(&netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "bridge0"}})
		},
		"link lo was":                     func() error { return netlink.LinkSetMTU(lo, 1400) },
		"address 1 10.9.8.0/24 is new":    func() error { return netlink.AddrAdd(lo, &netlink.Addr{IPNet: net10}) },
		"route 10.9.8.0/24 table 7 link ": func() error { return netlink.RouteAdd(&netlink.Route{Dst: net10, LinkIndex: 1, Table: 7}) },
		"rule ":                           func() error { return netlink.RuleAdd(rule) },
		"filter table ":                   func() error { return addFilterTable("closlab") },
		"queue lo ": func() error {
			return netlink.QdiscAdd(&netlink.Clsact{QdiscAttrs: netlink.QdiscAttrs{LinkIndex: 1, Handle: netlink.MakeHandle(0xffff, 0), Parent: netlink.HANDLE_CLSACT}})
		},
	} {
		require.NoError(t, ns.Do(func() error {
			before := footprint.See(t)
			require.Empty(t, before.Differences(footprint.See(t)))
			require.NoError(t, change(), says)
			found := before.Differences(footprint.See(t))
			require.True(t, slices.ContainsFunc(found, func(d string) bool { return strings.HasPrefix(d, says) }), "%s: %s", says, found)
			return nil
		}))
	}
}

// addFilterTable makes a table of nftables in the network namespace of this thread.
func addFilterTable(name string) error {
	message := func(kind int, data ...nl.NetlinkRequestData) *nl.NetlinkRequest {
		q := nl.NewNetlinkRequest(kind, unix.NLM_F_CREATE)
		for _, d := range data {
			q.AddData(d)
		}
		return q
	}
	batch := &nl.Nfgenmsg{ResId: unix.NFNL_SUBSYS_NFTABLES << 8} // in network order
	table := message(unix.NFNL_SUBSYS_NFTABLES<<8|unix.NFT_MSG_NEWTABLE, &nl.Nfgenmsg{NfgenFamily: unix.NFPROTO_IPV4},
		nl.NewRtAttr(unix.NFTA_TABLE_NAME, nl.ZeroTerminated(name)))
	table.Flags |= unix.NLM_F_ACK
	var all []byte
	for _, q := range []*nl.NetlinkRequest{message(unix.NFNL_MSG_BATCH_BEGIN, batch), table, message(unix.NFNL_MSG_BATCH_END, batch)} {
		all = append(all, q.Serialize()...)
	}
	s, err := nl.Subscribe(unix.NETLINK_NETFILTER)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := unix.Sendto(s.GetFd(), all, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	answers, _, err := s.Receive()
	if err == nil && len(answers) > 0 && nl.NativeEndian().Uint32(answers[0].Data) != 0 {
		err = fmt.Errorf("nftables: table %s: %w", name, unix.Errno(-int32(nl.NativeEndian().Uint32(answers[0].Data))))
	}
	return err
}

// Changes of files and mounts are seen; a mount namespace keeps them from the machine.
func TestChangesOfFilesAreSeen(t *testing.T) {
	found := make(chan []string, 1)
	go func() {
		defer close(found)
		runtime.LockOSThread() // to the end of the thread
		if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
			found <- []string{err.Error()}
			return
		}
		before := footprint.See(t)
		if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			found <- []string{err.Error()}
			return
		}
		for _, at := range []string{"/etc", "/run"} {
			if err := unix.Mount("none", at, "tmpfs", 0, ""); err != nil {
				found <- []string{err.Error()}
				return
			}
		}
		for _, name := range []string{"/etc/closlab", "/run/closlab/mine-1", "/run/closlab/other-1"} {
			os.MkdirAll(filepath.Dir(name), 0o755)
			os.WriteFile(name, nil, 0o644)
		}
		found <- before.Differences(footprint.See(t, "mine"))
	}()
	all := <-found
	for _, d := range []string{"file /etc/passwd is gone", "file /etc/closlab is new", "mount /etc is new", "name /run/netns is gone", "name /run/closlab/mine-1 is new"} {
		require.Contains(t, all, d)
	}
	require.NotContains(t, all, "name /run/closlab/other-1 is new", "another's lab")
}

// Sockets by which others could talk to a process are found.
func TestSocketsAreFound(t *testing.T) {
	before := footprint.Sockets(t, os.Getpid())
	path := filepath.Join(t.TempDir(), "socket")
	for kind, open := range map[string]func() (io.Closer, error){
		"tcp ":  func() (io.Closer, error) { return net.Listen("tcp4", "127.0.0.1:0") },
		"tcp6 ": func() (io.Closer, error) { return net.Listen("tcp6", "[::1]:0") },
		"udp ":  func() (io.Closer, error) { return net.ListenPacket("udp4", "127.0.0.1:0") },
		"raw ":  func() (io.Closer, error) { return net.ListenPacket("ip4:icmp", "127.0.0.1") },
		"unix ": func() (io.Closer, error) { return net.Listen("unix", path) },
	} {
		s, err := open()
		require.NoError(t, err)
		found := footprint.Sockets(t, os.Getpid())
		require.Len(t, found, len(before)+1, kind)
		require.True(t, slices.ContainsFunc(found, func(x string) bool { return strings.HasPrefix(x, kind) }), "%s: %s", kind, found)
		require.NoError(t, s.Close())
		require.Equal(t, before, footprint.Sockets(t, os.Getpid()))
	}
}

// A BPF object that no process holds any more, because something in the kernel does, is found.
func TestOrphansAreFound(t *testing.T) {
	before := footprint.Objects(t)
	inner := &ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1}
	m, err := ebpf.NewMap(inner)
	require.NoError(t, err)
	defer m.Close()
	info, err := m.Info()
	require.NoError(t, err)
	id, _ := info.ID()
	mine := footprint.Object{Kind: "map", ID: uint32(id)}
	require.Contains(t, footprint.Objects(t), mine)
	require.NotContains(t, footprint.Orphans(t, before), mine, "held by this process")
	outer, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.ArrayOfMaps, KeySize: 4, ValueSize: 4, MaxEntries: 1, InnerMap: inner})
	require.NoError(t, err)
	defer outer.Close()
	require.NoError(t, outer.Put(uint32(0), m))
	require.NoError(t, m.Close())
	require.Contains(t, footprint.Orphans(t, before), mine)
}

// What joins a lab to the world outside is found.
func TestAnOpenWorldIsFound(t *testing.T) {
	inside := [2]string{fmt.Sprintf("open%da", os.Getpid()), fmt.Sprintf("open%db", os.Getpid())}
	var ends []kernel.End
	for i, name := range inside {
		ns, err := kernel.New(name)
		require.NoError(t, err)
		defer ns.Delete()
		ends = append(ends, kernel.End{In: ns, Name: "x", Addrs: []netip.Prefix{netip.MustParsePrefix(fmt.Sprintf("10.0.0.%d/31", i))}})
	}
	require.NoError(t, kernel.Connect(ends[0], ends[1], 1500))
	require.Empty(t, footprint.Escapes(t, inside[:]...))
	require.Equal(t, []string{inside[0] + ": veth x"}, footprint.Escapes(t, inside[0]), "the other end is outside now")

	beyond, err := kernel.New("")
	require.NoError(t, err)
	defer beyond.Close()
	require.NoError(t, kernel.Connect(kernel.End{In: ends[1].In, Name: "out"}, kernel.End{In: beyond, Name: "in"}, 1500))
	require.Equal(t, []string{inside[1] + ": veth out"}, footprint.Escapes(t, inside[:]...))
	require.NoError(t, ends[0].In.Do(func() error {
		return netlink.LinkAdd(&netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "bridge0"}})
	}))
	require.Equal(t, []string{inside[0] + ": bridge bridge0", inside[1] + ": veth out"}, footprint.Escapes(t, inside[:]...))
}
