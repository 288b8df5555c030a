package sim

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// prefixTable numbers the prefixes of a fabric from 0 without gaps.
type prefixTable struct {
	list   []netip.Prefix
	family []fabric.Family
	ids    map[netip.Prefix]int32
	cover  map[netip.Addr][]int32
}

func (t *prefixTable) id(p netip.Prefix) int32 {
	p = p.Masked()
	if id, ok := t.ids[p]; ok {
		return id
	}
	id := int32(len(t.list))
	t.list, t.family, t.ids[p] = append(t.list, p), append(t.family, fabric.FamilyOf(p.Addr())), id
	clear(t.cover)
	return id
}

// covering returns the prefixes that contain a, the longest first.
func (t *prefixTable) covering(a netip.Addr) []int32 {
	if ids, ok := t.cover[a]; ok {
		return ids
	}
	var ids []int32
	for bits := a.BitLen(); bits >= 0; bits-- {
		p, _ := a.Prefix(bits)
		if id, ok := t.ids[p]; ok {
			ids = append(ids, id)
		}
	}
	t.cover[a] = ids
	return ids
}

// sorted returns all prefixes in the order of a routing table.
func (t *prefixTable) sorted() []int32 {
	ids := make([]int32, len(t.list))
	for i := range ids {
		ids[i] = int32(i)
	}
	slices.SortFunc(ids, func(a, b int32) int { return observe.ComparePrefix(t.list[a], t.list[b]) })
	return ids
}

// at returns s[id], or the zero value past its end: columns by prefix are only as long as they need to be.
func at[T any](s []T, id int32) T {
	if int(id) < len(s) {
		return s[id]
	}
	var zero T
	return zero
}

// put sets s[id], growing the column as needed.
func put[T any](s *[]T, id int32, v T) {
	if n := int(id) + 1; n > len(*s) {
		*s = slices.Grow(*s, n-len(*s))[:n]
	}
	(*s)[id] = v
}
