package dataplane

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/multimog"
)

const (
	pass     = 0 // TC_ACT_OK
	redirect = 7 // TC_ACT_REDIRECT
)

var (
	vip4, vip6 = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8:1::80")
	members    = []Member{
		member("a1", "a", "10.1.0.1", "fd00:1::1"), member("a2", "a", "10.1.0.2", "fd00:1::2"),
		member("b1", "b", "10.2.0.1", "fd00:2::1"), member("c1", "c", "10.3.0.1", "fd00:3::1"),
	}
	fleet = multimog.Fleet{{Name: "a1", Colo: "a", Weight: 1}, {Name: "a2", Colo: "a", Weight: 3}, {Name: "b1", Colo: "b", Weight: 2}, {Name: "c1", Colo: "c", Weight: 2}}
)

func member(name, colo, v4, v6 string) Member {
	return Member{name, colo, []netip.Addr{netip.MustParseAddr(v4), netip.MustParseAddr(v6)}}
}

func config() Config {
	return Config{Self: "a1", Members: members, VIPs: []VIP{{Addr: vip4, Fleet: fleet}, {Addr: vip6, Fleet: fleet}}, Size: 4099}
}

func load(t testing.TB, c Config) *Server {
	t.Helper()
	s, err := Load(c)
	require.NoError(t, err, "these tests need root")
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// run shows the program a packet and returns what it does and what it made of the packet.
func run(t testing.TB, s *Server, packet []byte) (uint32, []byte) {
	t.Helper()
	opts := &ebpf.RunOptions{Data: packet, DataOut: make([]byte, len(packet)+64)}
	action, err := s.bpf.Balance.Run(opts)
	require.NoError(t, err)
	return action, opts.DataOut
}

// ethernet, inet and transport put headers together; nothing checks their checksums here.
func ethernet(ip []byte) []byte {
	return append(append(make([]byte, 12), map[byte][]byte{4: {8, 0}, 6: {0x86, 0xdd}}[ip[0]>>4]...), ip...)
}

func inet(src, dst netip.Addr, proto byte, payload []byte) []byte {
	var b []byte
	if src.Is4() {
		b = binary.BigEndian.AppendUint16([]byte{0x45, 0}, uint16(20+len(payload)))
		b = append(b, 0, 0, 0, 0, 64, proto, 0, 0)
	} else {
		b = binary.BigEndian.AppendUint16([]byte{0x60, 0, 0, 0}, uint16(len(payload)))
		b = append(b, proto, 64)
	}
	return append(append(append(b, src.AsSlice()...), dst.AsSlice()...), payload...)
}

func transport(f multimog.Flow) []byte {
	b := binary.BigEndian.AppendUint16(nil, f.Src.Port())
	b = binary.BigEndian.AppendUint16(b, f.Dst.Port())
	return append(b, make([]byte, map[uint8]int{6: 16, 17: 4}[f.Proto])...)
}

func packet(f multimog.Flow) []byte {
	return ethernet(inet(f.Src.Addr(), f.Dst.Addr(), f.Proto, transport(f)))
}

func randomFlow(r *rand.Rand, v6 bool) multimog.Flow {
	src, dst := netip.AddrFrom4([4]byte{198, 51, byte(r.Uint32()), byte(r.Uint32())}), vip4
	if v6 {
		b := [16]byte{0x20, 0x01, 0xd, 0xb8}
		for i := 4; i < 16; i++ {
			b[i] = byte(r.Uint32())
		}
		src, dst = netip.AddrFrom16(b), vip6
	}
	return multimog.Flow{
		Src: netip.AddrPortFrom(src, uint16(r.Uint32())), Dst: netip.AddrPortFrom(dst, uint16(r.Uint32())),
		Proto: []uint8{6, 17}[r.IntN(2)],
	}
}

// For each of 20,000 random flows the program sends the packet where the Go model says, in the header that the standard says.
func TestProgramAndModelAgreeFlowByFlow(t *testing.T) {
	t.Parallel()
	s := load(t, config())
	table, err := fleet.Table(4099)
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(1, 2))
	sent := map[netip.Addr]map[string]uint64{vip4: {}, vip6: {}}
	for range 20000 {
		f := randomFlow(r, r.IntN(2) == 1)
		in, want := packet(f), table.Lookup(f.Hash())
		action, out := run(t, s, in)
		sent[f.Dst.Addr()][want]++
		if want == "a1" {
			require.EqualValues(t, pass, action, f)
			require.Equal(t, in, out)
			continue
		}
		require.EqualValues(t, redirect, action, f)
		require.Equal(t, ethernet(outer(want, f.Dst.Addr().Is6(), in[14:], 0)), out, "%v to %s", f, want)
	}
	for v, want := range sent {
		c, err := s.Counts(v)
		require.NoError(t, err)
		require.Equal(t, want["a1"], c.Kept)
		delete(want, "a1")
		require.Equal(t, want, c.Sent)
	}
}

// addr returns the member's address of the family, if it has one.
func (m Member) addr(v6 bool) (netip.Addr, bool) {
	for _, a := range m.Addrs {
		if a.Is6() == v6 {
			return a, true
		}
	}
	return netip.Addr{}, false
}

// outer is the packet within the header that a1 puts around it.
func outer(to string, v6 bool, inner []byte, mark byte) []byte {
	var dst netip.Addr
	for _, m := range members {
		if m.Name == to {
			dst, _ = m.addr(v6)
		}
	}
	src, _ := members[0].addr(v6)
	if v6 {
		b := inet(src, dst, 41, inner)
		b[3] = mark
		return b
	}
	b := inet(src, dst, 4, inner)
	b[5], b[6] = mark, 0x40 // don't fragment
	sum := uint32(0)
	for i := 0; i < 20; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	binary.BigEndian.PutUint16(b[10:], ^uint16(sum+sum>>16))
	return b
}

func TestFlowsOfATargetThatIsDownStayInTheColo(t *testing.T) {
	t.Parallel()
	s := load(t, config())
	for _, a := range []string{"10.2.0.1", "10.3.0.1"} {
		require.NoError(t, s.SetUp(netip.MustParseAddr(a), false))
	}
	whole, err := fleet.Table(4099)
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(3, 4))
	check := func(local multimog.Fleet) {
		near, err := local.Table(4099)
		require.NoError(t, err)
		for range 1000 {
			f := randomFlow(r, false)
			want := whole.Lookup(f.Hash())
			if want != "a1" && (want != "a2" || len(local) == 1) {
				want = near.Lookup(f.Hash())
			}
			in := packet(f)
			expected := in
			if want != "a1" {
				expected = ethernet(outer(want, false, in[14:], 0))
			}
			_, out := run(t, s, in)
			require.Equal(t, expected, out)
		}
	}
	check(fleet[:2])
	require.NoError(t, s.SetUp(netip.MustParseAddr("10.1.0.2"), false))
	check(fleet[:1])
	require.NoError(t, s.SetUp(netip.MustParseAddr("10.1.0.2"), true))
	check(fleet[:2])
	f := randomFlow(r, true) // IPv6 has not noticed anything
	for whole.Lookup(f.Hash()) != "b1" {
		f = randomFlow(r, true)
	}
	_, out := run(t, s, packet(f))
	require.Equal(t, ethernet(outer("b1", true, packet(f)[14:], 0)), out)
	require.ErrorContains(t, s.SetUp(netip.MustParseAddr("10.9.9.9"), true), "no server of the site")
}

func TestDecapsulation(t *testing.T) {
	t.Parallel()
	client4, client6 := netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("2001:db8:99::1")
	other4, other6 := netip.MustParseAddr("10.1.0.2"), netip.MustParseAddr("fd00:1::2")
	self4, self6 := netip.MustParseAddr("10.1.0.1"), netip.MustParseAddr("fd00:1::1")
	udp := make([]byte, 16)
	in4, in6 := inet(client4, vip4, 17, udp), inet(client6, vip6, 17, udp)
	fragment := inet(other4, self4, 4, in4)
	fragment[6] = 0x20
	for name, test := range map[string]struct{ in, out []byte }{
		"inet":                     {inet(other4, self4, 4, in4), in4},
		"inet6":                    {inet(other6, self6, 41, in6), in6},
		"ping of a VIP":            {inet(other4, self4, 4, inet(client4, vip4, 1, udp)), inet(client4, vip4, 1, udp)},
		"inner is no VIP":          {inet(other4, self4, 4, inet(client4, other4, 17, udp)), nil},
		"inner is this server":     {inet(other4, self4, 4, inet(client4, self4, 17, udp)), nil},
		"outer is another server":  {inet(client4, other4, 4, in4), nil},
		"inner of another family":  {inet(other4, self4, 4, in6), nil},
		"inner is cut":             {inet(other4, self4, 4, in4[:19]), nil},
		"inner is empty":           {inet(other6, self6, 41, nil), nil},
		"first fragment":           {fragment, nil},
		"packet for the server":    {inet(client4, self4, 17, udp), nil},
		"packet for somebody else": {inet(client6, other6, 17, udp), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := load(t, config())
			action, out := run(t, s, ethernet(test.in))
			require.EqualValues(t, pass, action)
			n := uint64(1)
			if test.out == nil {
				test.out, n = test.in, 0
			}
			require.Equal(t, ethernet(test.out), out)
			c4, err := s.Counts(vip4)
			require.NoError(t, err)
			c6, err := s.Counts(vip6)
			require.NoError(t, err)
			require.Equal(t, n, c4.Decapsulated+c6.Decapsulated)
		})
	}
}
