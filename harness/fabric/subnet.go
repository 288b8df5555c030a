package fabric

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"strconv"
)

// nth returns the i-th prefix of that length in block, from 0, and whether there are so many.
func nth(block netip.Prefix, length int, i uint64) (netip.Prefix, bool) {
	a, pad := block.Addr().As16(), 128-block.Addr().BitLen()
	if room := length - block.Bits(); room < 0 || room < 64 && i>>room != 0 {
		return netip.Prefix{}, false
	}
	shift := uint(128 - pad - length)
	hi, lo := uint64(0), i<<shift
	if shift >= 64 {
		hi = i << (shift - 64)
	} else if shift > 0 {
		hi = i >> (64 - shift)
	}
	low, carry := bits.Add64(binary.BigEndian.Uint64(a[8:]), lo, 0)
	high, _ := bits.Add64(binary.BigEndian.Uint64(a[:8]), hi, carry)
	binary.BigEndian.PutUint64(a[8:], low)
	binary.BigEndian.PutUint64(a[:8], high)
	addr := netip.AddrFrom16(a)
	if pad > 0 {
		addr = addr.Unmap()
	}
	return netip.PrefixFrom(addr, length), true
}

// host returns the i-th address of block, counted from its network address; in IPv6 the decimal digits of i are read as
// hexadecimal ones, so that server 11 is .11 and ::11. The broadcast address is no host's.
func host(block netip.Prefix, i int) (netip.Addr, bool) {
	n := uint64(i)
	if block.Addr().Is6() {
		n, _ = strconv.ParseUint(strconv.Itoa(i), 16, 64)
	} else if room := 32 - block.Bits(); room > 1 && n == 1<<room-1 {
		return netip.Addr{}, false
	}
	p, ok := nth(block, block.Addr().BitLen(), n)
	return p.Addr(), ok
}

// firstHost returns the first address of a prefix that a host can have.
func firstHost(p netip.Prefix) netip.Addr {
	if a, ok := host(p, 1); ok && p.Addr().BitLen()-p.Bits() > 1 {
		return a
	}
	return p.Addr()
}
