package speaker

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/native"
	"github.com/closlab/closlab/harness/policy"
)

// Digest is a report's fingerprint: reports of one digest are the same in everything.
type Digest [sha256.Size]byte

// Digest returns the fingerprint of a report that is in order (Sort).
func (r *Report) Digest() Digest {
	h := sha256.New()
	var b []byte
	count := func(n int) { h.Write(binary.BigEndian.AppendUint32(b[:0], uint32(n))) }
	count(len(r.Sessions))
	for _, s := range r.Sessions {
		h.Write(append(text(address(b[:0], s.Remote), s.State), boolean(s.Up)))
		count(len(s.Received))
		for i := range s.Received {
			b = attributes(b[:0], &s.Received[i])
			h.Write(b)
		}
	}
	count(len(r.Paths))
	for i := range r.Paths {
		b = attributes(b[:0], &r.Paths[i].Route)
		h.Write(append(b, boolean(r.Paths[i].Best)))
	}
	count(len(r.Dark))
	for _, link := range r.Dark {
		h.Write(text(b[:0], link))
	}
	count(len(r.Aggregates))
	for _, p := range r.Aggregates {
		h.Write(append(address(b[:0], p.Addr()), byte(p.Bits())))
	}
	count(len(r.Forwards))
	for _, f := range r.Forwards {
		h.Write(append(address(b[:0], f.Prefix.Addr()), byte(f.Prefix.Bits()), boolean(f.Local), boolean(f.Drop)))
		count(len(f.Hops))
		for _, a := range f.Hops {
			h.Write(address(b[:0], a))
		}
	}
	count(len(r.Problems))
	for _, p := range r.Problems {
		h.Write(text(b[:0], p))
	}
	return Digest(h.Sum(nil))
}

// glance returns what a router tells of itself that holds the report.
func (r *Report) glance() Glance {
	var g Glance
	for _, s := range r.Sessions {
		if s.Up {
			g.Up++
		}
	}
	for i := range r.Paths {
		if p := &r.Paths[i]; p.Best {
			g.Used += Mark(&p.Route)
		}
	}
	return g
}

// Mark returns a number that another route hardly has.
func Mark(r *policy.Route) uint64 {
	sum := sha256.Sum256(attributes(nil, r))
	return binary.BigEndian.Uint64(sum[:])
}

// Sort puts a report in order. The best route to each prefix must be ahead of the others already.
func (r *Report) Sort() {
	slices.SortFunc(r.Forwards, func(a, b native.Forward) int { return a.Prefix.Compare(b.Prefix) })
	for _, f := range r.Forwards {
		slices.SortFunc(f.Hops, netip.Addr.Compare)
	}
	slices.SortFunc(r.Sessions, func(a, b Session) int { return a.Remote.Compare(b.Remote) })
	for _, s := range r.Sessions {
		slices.SortFunc(s.Received, func(a, b policy.Route) int { return a.Prefix.Compare(b.Prefix) })
	}
	slices.SortStableFunc(r.Paths, func(a, b Path) int { return a.Route.Prefix.Compare(b.Route.Prefix) })
	for rest := r.Paths; len(rest) > 0; {
		same := rest
		if end := slices.IndexFunc(rest, func(p Path) bool { return p.Route.Prefix != rest[0].Route.Prefix }); end > 0 {
			same = rest[:end]
		}
		rest = rest[len(same):]
		if same[0].Best {
			same = same[1:]
		}
		slices.SortFunc(same, func(a, b Path) int {
			return cmp.Or(-cmp.Compare(boolean(a.Best), boolean(b.Best)), a.Route.Neighbor.Compare(b.Route.Neighbor))
		})
	}
	slices.Sort(r.Dark)
	slices.SortFunc(r.Aggregates, netip.Prefix.Compare)
	slices.Sort(r.Problems)
}

// attributes appends all that a route consists of.
func attributes(b []byte, r *policy.Route) []byte {
	b = append(address(b, r.Prefix.Addr()), byte(r.Prefix.Bits()), byte(r.Protocol), boolean(r.External), byte(r.Origin), byte(r.NextHopKind))
	b = address(address(b, r.NextHop), r.Neighbor)
	for _, n := range [...]uint32{r.LocalPref, r.MED, r.Tag, r.Preference, uint32(len(r.ASPath)), uint32(len(r.Communities))} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	for _, n := range r.ASPath {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	for _, c := range r.Communities {
		b = append(b, byte(c.Kind))
		for _, n := range [...]uint32{c.A, c.B, c.C} {
			b = binary.BigEndian.AppendUint32(b, n)
		}
	}
	return b
}

func address(b []byte, a netip.Addr) []byte {
	all := a.As16()
	return append(append(b, byte(a.BitLen())), all[:]...)
}

func text(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

func boolean(b bool) byte {
	if b {
		return 1
	}
	return 0
}
