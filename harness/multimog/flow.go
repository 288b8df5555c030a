package multimog

import (
	"encoding/binary"
	"net/netip"
)

// Flow is what tells one flow from another: the 5-tuple of its packets towards the service.
type Flow struct {
	Src, Dst netip.AddrPort
	Proto    uint8 // IANA protocol number: 6 is TCP, 17 is UDP
}

// hashMultiplier is odd, so that multiplying by it loses nothing; its bits are those of the golden ratio's fraction.
const hashMultiplier = 0x9e3779b97f4a7c15

// Hash returns the number by which a flow is looked up. It needs nothing but 64-bit integer arithmetic, so that a
// BPF program can compute the same:
//
//	h = 0
//	for each 32-bit word w:  h = (h ^ w) * 0x9e3779b97f4a7c15;  h ^= h >> 32
//	h ^= h >> 33;  h *= 0xff51afd7ed558ccd;  h ^= h >> 33;  hash = low 32 bits of h
//
// The words are, as numbers in host order: source address, destination address (one word each for IPv4, four
// each for IPv6, the most significant first), source port << 16 | destination port, protocol. Every step is a bijection of
// h, so flows that differ in one word differ before the last truncation. The final mix is the first half of
// MurmurHash3's fmix64.
func (f Flow) Hash() uint32 {
	h := hashAddr(hashAddr(0, f.Src.Addr()), f.Dst.Addr())
	h = hashWord(h, uint32(f.Src.Port())<<16|uint32(f.Dst.Port()))
	h = hashWord(h, uint32(f.Proto))
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	return uint32(h)
}

func hashWord(h uint64, w uint32) uint64 {
	h = (h ^ uint64(w)) * hashMultiplier
	return h ^ h>>32
}

func hashAddr(h uint64, a netip.Addr) uint64 {
	if a.Is4() {
		b := a.As4()
		return hashWord(h, binary.BigEndian.Uint32(b[:]))
	}
	b := a.As16()
	for i := 0; i < 16; i += 4 {
		h = hashWord(h, binary.BigEndian.Uint32(b[i:]))
	}
	return h
}
