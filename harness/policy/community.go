package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// CommunityKind tells the three community attributes of BGP apart.
type CommunityKind uint8

const (
	Standard CommunityKind = iota // RFC 1997, 16:16 bits
	Extended                      // RFC 4360, type : administrator : value
	Large                         // RFC 8092, 32:32:32 bits
)

// Community is one community of any kind. It is comparable.
//
//	Standard: A = first 16 bits, B = last 16 bits
//	Extended: A = type and subtype (0x0002 is route target), B = administrator, C = value
//	Large:    A, B, C = global administrator, data 1, data 2
type Community struct {
	Kind    CommunityKind
	A, B, C uint32
}

// Well-known communities of RFC 1997, RFC 3765, RFC 7999 and RFC 8326.
var (
	NoExport          = Std(65535, 65281)
	NoAdvertise       = Std(65535, 65282)
	NoExportSubconfed = Std(65535, 65283)
	NoPeer            = Std(65535, 65284)
	Blackhole         = Std(65535, 666)
	GracefulShutdown  = Std(65535, 0)
	LLGRStale         = Std(65535, 6)
	NoLLGR            = Std(65535, 7)
)

// Std returns the standard community a:b.
func Std(a, b uint16) Community { return Community{Standard, uint32(a), uint32(b), 0} }

// extendedTypes are the extended community types that have a name in Junos.
// The key is the type octet and the subtype octet.
var extendedTypes = map[uint32]string{
	0x0002: "target", 0x0003: "origin", 0x0102: "target-ip", 0x0103: "origin-ip",
	0x0202: "target4", 0x0203: "origin4", 0x4004: "bandwidth", 0x030b: "color",
}

// ExtendedType returns the type and subtype octets of a named extended community
// type such as "target" or "origin".
func ExtendedType(name string) (uint32, bool) {
	for t, n := range extendedTypes {
		if n == name {
			return t, true
		}
	}
	return 0, false
}

// Text returns the community as a regular expression of its kind sees it:
// "64500:1", "target:64500:1", "64500:1:2".
func (c Community) Text() string { return string(c.AppendText(nil)) }

// AppendText appends Text to b; it does not allocate if b has room.
func (c Community) AppendText(b []byte) []byte {
	switch c.Kind {
	case Extended:
		if n, ok := extendedTypes[c.A]; ok {
			b = append(b, n...)
		} else {
			b = fmt.Appendf(b, "0x%04x", c.A)
		}
		b = strconv.AppendUint(append(b, ':'), uint64(c.B), 10)
		return strconv.AppendUint(append(b, ':'), uint64(c.C), 10)
	case Large:
		b = strconv.AppendUint(b, uint64(c.A), 10)
		b = strconv.AppendUint(append(b, ':'), uint64(c.B), 10)
		return strconv.AppendUint(append(b, ':'), uint64(c.C), 10)
	}
	b = strconv.AppendUint(b, uint64(c.A), 10)
	return strconv.AppendUint(append(b, ':'), uint64(c.B), 10)
}

// String returns the community in Junos notation: "64500:1", "target:64500:1", "large:64500:1:2".
func (c Community) String() string {
	if c.Kind == Large {
		return "large:" + c.Text()
	}
	return c.Text()
}

// ParseCommunity reads what String writes.
func ParseCommunity(s string) (Community, error) {
	f := strings.Split(s, ":")
	bad := fmt.Errorf("community %q: want as:value, target:as:value or large:as:x:y", s)
	valid := true
	num := func(t string, bits int) uint32 {
		n, err := strconv.ParseUint(t, 10, bits)
		valid = valid && err == nil
		return uint32(n)
	}
	var c Community
	switch {
	case len(f) == 2:
		c = Community{Standard, num(f[0], 16), num(f[1], 16), 0}
	case len(f) == 4 && f[0] == "large":
		c = Community{Large, num(f[1], 32), num(f[2], 32), num(f[3], 32)}
	case len(f) == 3:
		t, ok := ExtendedType(f[0])
		if !ok {
			n, err := strconv.ParseUint(f[0], 0, 16)
			if err != nil {
				return c, bad
			}
			t = uint32(n)
		}
		c = Community{Extended, t, num(f[1], 32), num(f[2], 32)}
	default:
		return c, bad
	}
	if !valid {
		return Community{}, bad
	}
	return c, nil
}

// Compare orders communities by kind, then by value.
func (c Community) Compare(d Community) int {
	return cmp.Or(cmp.Compare(c.Kind, d.Kind), cmp.Compare(c.A, d.A), cmp.Compare(c.B, d.B), cmp.Compare(c.C, d.C))
}

// Communities is a set: sorted by Compare, without duplicates, never changed in place,
// so routes may share it.
type Communities []Community

// CommunitySet returns the set of cs.
func CommunitySet(cs ...Community) Communities {
	s := slices.Clone(cs)
	slices.SortFunc(s, Community.Compare)
	return slices.Compact(s)
}

// Has reports whether c is in the set.
func (s Communities) Has(c Community) bool {
	_, ok := slices.BinarySearchFunc(s, c, Community.Compare)
	return ok
}

// With returns the union of s and cs; s itself if nothing is new.
func (s Communities) With(cs ...Community) Communities {
	for i, c := range cs {
		if !s.Has(c) {
			return CommunitySet(append(slices.Clone(s), cs[i:]...)...)
		}
	}
	return s
}

// Without returns the members of s for which drop is false; s itself if that is all of them.
func (s Communities) Without(drop func(Community) bool) Communities {
	for _, c := range s {
		if drop(c) {
			return slices.DeleteFunc(slices.Clone(s), drop)
		}
	}
	return s
}
