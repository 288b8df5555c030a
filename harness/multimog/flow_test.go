package multimog_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/multimog"
)

var update = flag.Bool("update", false, "write the golden files anew")

func flow(src, dst string, proto uint8) multimog.Flow {
	return multimog.Flow{Src: netip.MustParseAddrPort(src), Dst: netip.MustParseAddrPort(dst), Proto: proto}
}

// The golden file is what another implementation of the hash, such as the BPF program, must agree with.
func TestHashVectors(t *testing.T) {
	t.Parallel()
	flows := []multimog.Flow{
		flow("198.51.100.1:1024", "192.0.2.1:80", 6),
		flow("198.51.100.1:1025", "192.0.2.1:80", 6),
		flow("198.51.100.1:1024", "192.0.2.1:80", 17),
		flow("198.51.100.2:1024", "192.0.2.1:80", 6),
		flow("192.0.2.1:80", "198.51.100.1:1024", 6),
		flow("0.0.0.0:0", "0.0.0.0:0", 0),
		flow("255.255.255.255:65535", "255.255.255.255:65535", 255),
		flow("[2001:db8::1]:1024", "[2001:db8:1::80]:443", 6),
		flow("[2001:db8::1]:1024", "[2001:db8:1::80]:443", 17),
		flow("[2001:db8:1:2:3:4:5:6]:40000", "[2001:db8:1::80]:443", 6),
		flow("[::ffff:198.51.100.1]:1024", "[::ffff:192.0.2.1]:80", 6),
	}
	var b strings.Builder
	for _, f := range flows {
		fmt.Fprintf(&b, "%s %s %d %08x\n", f.Src, f.Dst, f.Proto, f.Hash())
	}
	const golden = "testdata/flowhash.golden"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), b.String())
}

// flip returns the flow with one bit of its 5-tuple inverted, or false if it has no such bit.
func flip(f multimog.Flow, bit int) (multimog.Flow, bool) {
	src, dst := f.Src.Addr().AsSlice(), f.Dst.Addr().AsSlice()
	bits := 8 * len(src)
	sport, dport := f.Src.Port(), f.Dst.Port()
	switch {
	case bit < bits:
		src[bit/8] ^= 1 << (bit % 8)
	case bit < 2*bits:
		dst[(bit-bits)/8] ^= 1 << (bit % 8)
	case bit < 2*bits+16:
		sport ^= 1 << (bit - 2*bits)
	case bit < 2*bits+32:
		dport ^= 1 << (bit - 2*bits - 16)
	case bit < 2*bits+40:
		f.Proto ^= 1 << (bit - 2*bits - 32)
	default:
		return f, false
	}
	a, _ := netip.AddrFromSlice(src)
	b, _ := netip.AddrFromSlice(dst)
	return multimog.Flow{Src: netip.AddrPortFrom(a, sport), Dst: netip.AddrPortFrom(b, dport), Proto: f.Proto}, true
}

// Inverting any bit of a flow inverts every bit of the hash half of the time.
func TestHashAvalanche(t *testing.T) {
	t.Parallel()
	const samples = 2000
	for name, random := range map[string]func(*rand.Rand) multimog.Flow{"inet": randomFlow4, "inet6": randomFlow6} {
		rng := rand.New(rand.NewPCG(1, 2))
		for bit := 0; ; bit++ {
			var flips [32]int
			more := false
			for range samples {
				f := random(rng)
				var g multimog.Flow
				if g, more = flip(f, bit); !more {
					break
				}
				for changed, i := f.Hash()^g.Hash(), 0; i < 32; i++ {
					flips[i] += int(changed >> i & 1)
				}
			}
			if !more {
				break
			}
			for i, n := range flips { // 5.5 standard errors of a fair coin
				require.InDelta(t, 0.5, float64(n)/samples, 0.0615, "%s: input bit %d, output bit %d", name, bit, i)
			}
		}
	}
}

func randomFlow4(r *rand.Rand) multimog.Flow {
	addr := func() netip.Addr {
		n := r.Uint32()
		return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	}
	return multimog.Flow{
		Src:   netip.AddrPortFrom(addr(), uint16(r.Uint32())),
		Dst:   netip.AddrPortFrom(addr(), uint16(r.Uint32())),
		Proto: uint8(r.Uint32()),
	}
}

func randomFlow6(r *rand.Rand) multimog.Flow {
	addr := func() netip.Addr {
		var b [16]byte
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return netip.AddrFrom16(b)
	}
	return multimog.Flow{
		Src:   netip.AddrPortFrom(addr(), uint16(r.Uint32())),
		Dst:   netip.AddrPortFrom(addr(), uint16(r.Uint32())),
		Proto: uint8(r.Uint32()),
	}
}

// Real flows are anything but random: one client counts its ports up, or a rack of clients uses the same port.
func TestHashSpreadsOrderlyFlows(t *testing.T) {
	t.Parallel()
	table, err := site.Table(multimog.DefaultSize)
	require.NoError(t, err)
	vip := netip.MustParseAddrPort("192.0.2.1:80")
	patterns := map[string]func(i int) netip.AddrPort{
		"ports of one client": func(i int) netip.AddrPort {
			return netip.AddrPortFrom(netip.MustParseAddr("198.51.100.1"), uint16(1024+i))
		},
		"every other port": func(i int) netip.AddrPort {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(i >> 14)}), uint16(2*i))
		},
		"clients of one port": func(i int) netip.AddrPort {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 40000)
		},
		"networks of one host": func(i int) netip.AddrPort {
			return netip.AddrPortFrom(netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, byte(i >> 8), byte(i), 15: 1}), 40000)
		},
	}
	for name, client := range patterns {
		counts := map[string]int{}
		for i := range 60000 {
			counts[table.Lookup(multimog.Flow{Src: client(i), Dst: vip, Proto: 6}.Hash())]++
		}
		var got []int
		for _, server := range table.Names() {
			got = append(got, counts[server])
		}
		fit, err := multimog.ChiSquare(got, table.Shares())
		require.NoError(t, err)
		require.Greater(t, fit.P, 0.001, "%s: %v, %+v", name, got, fit)
	}
}

func BenchmarkHash(b *testing.B) {
	for _, f := range []multimog.Flow{flow("198.51.100.1:1024", "192.0.2.1:80", 6), flow("[2001:db8::1]:1024", "[2001:db8::2]:80", 6)} {
		b.Run(f.Src.Addr().String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f.Hash()
			}
		})
	}
}
