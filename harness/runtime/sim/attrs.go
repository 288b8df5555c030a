package sim

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/policy"
)

const (
	defaultLocalPref = 100
	bgpPreference    = 170 // Junos: internal and external alike
)

// attrs are the attributes of a path, shared by all paths that have them: two sets are equal if and only if
// their pointers are. An invalid nextHop is the address of the peer that the path came from, so that one set serves
// all peers that it is sent to with next hop self.
type attrs struct {
	serial      uint32
	origin      policy.Origin
	kind        policy.NextHopKind // At, NextHopDrop or NextHopRefuse
	localPref   uint32
	med         uint32
	tag         uint32
	preference  uint32
	nextHop     netip.Addr
	path        []uint32
	communities policy.Communities
	originator  netip.Addr   // ORIGINATOR_ID (RFC 4456 section 8)
	clusters    []netip.Addr // CLUSTER_LIST, the last reflector first
	sameHash    *attrs
}

// attrTable holds every set of attributes once.
type attrTable struct {
	byHash map[uint64]*attrs
	count  uint32
}

// intern returns the shared set equal to a. The slices of a may be reused by the caller, communities excepted.
func (t *attrTable) intern(a attrs) *attrs {
	h := a.hash()
	for x := t.byHash[h]; x != nil; x = x.sameHash {
		if x.equal(&a) {
			return x
		}
	}
	a.path, a.clusters = slices.Clone(a.path), slices.Clone(a.clusters)
	t.count++
	a.serial, a.sameHash = t.count, t.byHash[h]
	t.byHash[h] = &a
	return &a
}

func (a *attrs) equal(b *attrs) bool {
	return a.origin == b.origin && a.kind == b.kind && a.localPref == b.localPref && a.med == b.med && a.tag == b.tag &&
		a.preference == b.preference && a.nextHop == b.nextHop && a.originator == b.originator &&
		slices.Equal(a.path, b.path) && slices.Equal(a.communities, b.communities) && slices.Equal(a.clusters, b.clusters)
}

// hash mixes all fields, in the manner of FNV-1a but a word at a time.
func (a *attrs) hash() uint64 {
	h := mixer(14695981039346656037)
	h.word(uint64(a.origin)<<8 | uint64(a.kind))
	h.word(uint64(a.localPref)<<32 | uint64(a.med))
	h.word(uint64(a.tag)<<32 | uint64(a.preference))
	h.addr(a.nextHop)
	h.addr(a.originator)
	for _, as := range a.path {
		h.word(uint64(as))
	}
	for _, c := range a.communities {
		h.word(uint64(c.Kind)<<32 | uint64(c.A))
		h.word(uint64(c.B)<<32 | uint64(c.C))
	}
	for _, c := range a.clusters {
		h.addr(c)
	}
	return uint64(h)
}

type mixer uint64

func (h *mixer) word(x uint64) {
	*h = (*h ^ mixer(x)) * 1099511628211
	*h ^= *h >> 29
}

func (h *mixer) addr(a netip.Addr) {
	if a.IsValid() {
		b := a.As16()
		h.word(binary.BigEndian.Uint64(b[:8]))
		h.word(binary.BigEndian.Uint64(b[8:]))
	}
}

// route returns the attributes as a route to p; the protocol and where it was learned are the caller's.
func (a *attrs) route(p netip.Prefix) policy.Route {
	return policy.Route{
		Prefix: p, Origin: a.origin, NextHopKind: a.kind, NextHop: a.nextHop, LocalPref: a.localPref, MED: a.med,
		Tag: a.tag, Preference: a.preference, ASPath: a.path, Communities: a.communities,
	}
}

// attrsOf returns the attributes of a route.
func attrsOf(r *policy.Route) attrs {
	return attrs{
		origin: r.Origin, kind: r.NextHopKind, localPref: r.LocalPref, med: r.MED, tag: r.Tag, preference: r.Preference,
		nextHop: r.NextHop, path: r.ASPath, communities: r.Communities,
	}
}
