package policy

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
)

// Action changes one attribute of a route. String returns it as Junos would write it,
// with definitions spelled out, so that equal strings mean equal effect.
type Action interface {
	String() string
	apply(*Route)
}

// apply calls a.apply without the interface, so that the route need not be on the heap.
func apply(a Action, r *Route) {
	switch a := a.(type) {
	case *SetNumber:
		a.apply(r)
	case *SetOrigin:
		a.apply(r)
	case *SetNextHop:
		a.apply(r)
	case *SetCommunity:
		a.apply(r)
	case *Prepend:
		a.apply(r)
	case *Expand:
		a.apply(r)
	default:
		panic("policy: action of unknown type")
	}
}

// Field names a numeric attribute.
type Field uint8

const (
	LocalPref Field = iota
	MED
	Tag
	Preference
)

func (f Field) String() string {
	return [...]string{"local-preference", "metric", "tag", "preference"}[f]
}

// Of returns where the route keeps the field.
func (f Field) Of(r *Route) *uint32 {
	return [...]*uint32{&r.LocalPref, &r.MED, &r.Tag, &r.Preference}[f]
}

// Arith is how a number is changed.
type Arith uint8

const (
	Set Arith = iota
	Add       // saturates at 2^32-1
	Sub       // saturates at 0
)

// SetNumber sets, adds to or subtracts from a numeric attribute.
type SetNumber struct {
	Field Field
	Arith Arith
	Value uint32
}

func (a *SetNumber) String() string {
	return fmt.Sprintf("%s %s%d", a.Field, [...]string{"", "add ", "subtract "}[a.Arith], a.Value)
}

func (a *SetNumber) apply(r *Route) {
	n := a.Field.Of(r)
	switch {
	case a.Arith == Set:
		*n = a.Value
	case a.Arith == Add && *n > math.MaxUint32-a.Value:
		*n = math.MaxUint32
	case a.Arith == Add:
		*n += a.Value
	case *n < a.Value:
		*n = 0
	default:
		*n -= a.Value
	}
}

// SetOrigin sets the ORIGIN attribute.
type SetOrigin struct{ Origin Origin }

func (a *SetOrigin) String() string { return "origin " + a.Origin.String() }
func (a *SetOrigin) apply(r *Route) { r.Origin = a.Origin }

// SetNextHop sets the next hop; Addr only for kind At.
type SetNextHop struct {
	Kind NextHopKind
	Addr netip.Addr
}

func (a *SetNextHop) String() string {
	if a.Kind == At {
		return "next-hop " + a.Addr.String()
	}
	return "next-hop " + a.Kind.String()
}

func (a *SetNextHop) apply(r *Route) { r.NextHopKind, r.NextHop = a.Kind, a.Addr }

// CommunityOp is what is done with a community definition.
type CommunityOp uint8

const (
	CommunityAdd    CommunityOp = iota // union with the literal members
	CommunityDelete                    // drop what any member matches
	CommunitySetTo                     // replace all communities by the literal members
)

// SetCommunity adds, deletes or sets the members of a community definition. A dialect makes sure
// that add and set have only literal members.
type SetCommunity struct {
	Op  CommunityOp
	Def *CommunityDef
}

func (a *SetCommunity) String() string {
	return "community " + [...]string{"add ", "delete ", "set "}[a.Op] + a.Def.String()
}

func (a *SetCommunity) apply(r *Route) {
	switch a.Op {
	case CommunityAdd:
		r.Communities = r.Communities.With(a.Def.Literals...)
	case CommunitySetTo:
		r.Communities = a.Def.Literals
	default:
		r.Communities = r.Communities.Without(a.Def.Covers)
	}
}

// Prepend puts AS numbers in front of the AS path.
type Prepend struct{ ASNs []uint32 }

func (a *Prepend) String() string {
	return "as-path-prepend " + strings.Trim(fmt.Sprint(a.ASNs), "[]")
}

func (a *Prepend) apply(r *Route) { r.ASPath = slices.Concat(a.ASNs, r.ASPath) }

// Expand puts the first AS number of the path in front of it Count times more
// (Junos as-path-expand last-as count n). An empty path stays empty.
type Expand struct{ Count int }

func (a *Expand) String() string { return fmt.Sprintf("as-path-expand last-as count %d", a.Count) }

func (a *Expand) apply(r *Route) {
	if len(r.ASPath) > 0 {
		r.ASPath = slices.Concat(slices.Repeat(r.ASPath[:1], a.Count), r.ASPath)
	}
}
