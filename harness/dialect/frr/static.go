package frr

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// Static is one next hop of a static route.
type Static struct {
	Prefix   netip.Prefix
	Via      netip.Addr // not valid if it leads to an interface, or discards
	Port     string     // the interface, if one is named
	Drop     bool
	Distance uint32 // 1 unless it says another
	Tag      uint32
	Pos      place.Pos
}

// static reads an ip route or ipv6 route line.
func (r *Router) static(l line) {
	refuse := func(why string) { r.Unread.Addf(l.pos, "%s: %s", shown(l.text()), why) }
	rest := l.from(2)
	if i := slices.Index(rest, "vrf"); i > 0 && i+1 < len(rest) && rest[i+1] != "default" {
		return // of another table
	}
	if len(rest) < 2 {
		refuse("want a prefix and where it leads")
		return
	}
	if mask, err := netip.ParseAddr(rest[1]); err == nil && mask.Is4() && !strings.Contains(rest[0], "/") && len(rest) > 2 { // ip route A.B.C.D MASK …
		m := mask.As4()
		ones := binary.BigEndian.Uint32(m[:])
		bits := 32 - bits.TrailingZeros32(ones)
		if ones != ^uint32(0)<<(32-bits) {
			refuse("want a mask without holes")
			return
		}
		rest = append([]string{rest[0] + "/" + strconv.Itoa(bits)}, rest[2:]...)
	}
	p, err := netip.ParsePrefix(rest[0])
	if err != nil || p.Addr().Is6() != (l.word(0) == "ipv6") {
		refuse("want a prefix and where it leads")
		return
	}
	s := Static{Prefix: p.Masked(), Distance: 1, Pos: l.pos}
	switch a, err := netip.ParseAddr(rest[1]); {
	case err == nil && a.Is6() != p.Addr().Is6():
		refuse("a next hop of another family is not modelled")
		return
	case err == nil:
		s.Via = a
	case slices.Contains([]string{"Null0", "blackhole", "reject"}, rest[1]):
		s.Drop = true
	default:
		s.Port = rest[1]
	}
	if why := s.options(rest[2:]); why != "" {
		refuse(why)
		return
	}
	r.Statics = slices.DeleteFunc(r.Statics, func(o Static) bool {
		return o.Prefix == s.Prefix && o.Via == s.Via && o.Port == s.Port && o.Drop == s.Drop
	})
	if !l.no {
		r.Statics = append(r.Statics, s)
	}
}

// options reads what stands behind the next hop; it returns what is wrong with it.
func (s *Static) options(words []string) string {
	for i := 0; i < len(words); i++ {
		n, err := strconv.ParseUint(words[i], 10, 32)
		switch {
		case err == nil && n >= 1 && n <= 255:
			s.Distance = uint32(n)
		case words[i] == "tag" && i+1 < len(words):
			n, err := strconv.ParseUint(words[i+1], 10, 32)
			if err != nil {
				return "want a number for the tag"
			}
			s.Tag = uint32(n)
			i++
		case words[i] == "onlink":
		case i == 0 && s.Via.IsValid() && s.Port == "" && !slices.Contains([]string{"vrf", "nexthop-vrf", "table", "label", "color", "bfd", "segments"}, words[i]):
			s.Port = words[i]
		default:
			return shown(words[i]) + " is not modelled"
		}
	}
	return ""
}
