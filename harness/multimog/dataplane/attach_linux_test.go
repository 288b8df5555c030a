package dataplane

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/multimog"
)

// Whichever way the program is attached, it sees each packet once.
func TestAttachByTCXAndByClsact(t *testing.T) {
	t.Parallel()
	for name, attach := range map[string]func(s *Server) error{
		"tcx": func(s *Server) error { return s.Attach("up0") },
		"clsact": func(s *Server) error {
			iface, err := net.InterfaceByName("up0")
			require.NoError(t, err)
			return s.attachClsact(iface.Index)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ends [2]*kernel.Namespace
			for i := range ends {
				n, err := kernel.New("")
				require.NoError(t, err, "these tests need root")
				defer n.Close()
				ends[i] = n
			}
			require.NoError(t, kernel.Connect(
				kernel.End{In: ends[0], Name: "up0", Addrs: []netip.Prefix{netip.PrefixFrom(vip4, 31)}},
				kernel.End{In: ends[1], Name: "down0", Addrs: []netip.Prefix{netip.PrefixFrom(vip4.Prev(), 31)}}, 1500))
			c := config()
			c.VIPs[0].Fleet = multimog.Fleet{{Name: "a1", Colo: "a", Weight: 1}}
			s := load(t, c)
			require.NoError(t, ends[0].Do(func() error { return attach(s) }))
			require.ErrorContains(t, s.Attach("nowhere"), "server a1: interface nowhere: ")

			var service, client *net.UDPConn
			require.NoError(t, ends[0].Do(func() (err error) {
				service, err = net.ListenUDP("udp", &net.UDPAddr{IP: vip4.AsSlice(), Port: 9})
				return err
			}))
			defer service.Close()
			require.NoError(t, ends[1].Do(func() (err error) {
				client, err = net.DialUDP("udp", nil, service.LocalAddr().(*net.UDPAddr))
				return err
			}))
			defer client.Close()
			_, err := client.Write([]byte("hello"))
			require.NoError(t, err)
			require.NoError(t, service.SetReadDeadline(time.Now().Add(10*time.Second)))
			_, _, err = service.ReadFrom(make([]byte, 9))
			require.NoError(t, err)
			counts, err := s.Counts(vip4)
			require.NoError(t, err)
			require.EqualValues(t, 1, counts.Kept)
			require.EqualValues(t, 1, counts.Classified())
		})
	}
}

func BenchmarkSetFleet(b *testing.B) {
	c := config()
	c.Size = multimog.DefaultSize
	s := load(b, c)
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, s.SetFleet(vip4, fleet))
	}
}

func BenchmarkSetUpRemote(b *testing.B) {
	s := load(b, config())
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, s.SetUp(members[3].Addrs[0], true))
	}
}

// BenchmarkProgram is the program's time for one packet that it encapsulates, with the system call that shows it the packet.
func BenchmarkProgram(b *testing.B) {
	c := config()
	c.VIPs[0].Fleet = multimog.Fleet{{Name: "c1", Colo: "c", Weight: 1}}
	s := load(b, c)
	in := packet(multimog.Flow{Src: netip.MustParseAddrPort("198.51.100.1:1024"), Dst: netip.AddrPortFrom(vip4, 80), Proto: 17})
	for b.Loop() {
		action, _ := run(b, s, in)
		require.EqualValues(b, redirect, action)
	}
}
