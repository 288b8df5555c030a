package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// attributes is what a chain has made of the attributes of all routes of a space so far.
type attributes struct {
	communities []ref // by class: which routes carry one; -1 as they entered
	numbers     [4]guarded[clamp]
	origin      guarded[Origin]
	nextHop     guarded[hop]
	path        guarded[pathOp]
}

// asEntered is the origin of a route that has not been changed.
const asEntered Origin = 255

// hop is the next hop that a chain set; the zero value is as it entered.
type hop struct {
	set  bool
	kind NextHopKind
	addr netip.Addr
}

func newAttributes(s *space) *attributes {
	a := &attributes{
		communities: slices.Repeat([]ref{-1}, len(s.classes.list)),
		origin:      always(asEntered), nextHop: always(hop{}), path: always(pathOp{}),
	}
	for i := range a.numbers {
		a.numbers[i] = always(unchanged)
	}
	return a
}

// community returns the routes that now carry a community of the class.
func (a *attributes) community(s *space, class int) ref {
	if a.communities[class] < 0 {
		return s.ask(variable{dim: hasCommunity, number: uint32(class)})
	}
	return a.communities[class]
}

// do applies the action to the routes in under.
func (a *attributes) do(s *space, action Action, under ref) {
	switch action := action.(type) {
	case *SetNumber:
		n := &a.numbers[action.Field]
		*n = n.change(s.bdd, under, func(f clamp) clamp { return f.then(action) })
	case *SetOrigin:
		a.origin = a.origin.change(s.bdd, under, func(Origin) Origin { return action.Origin })
	case *SetNextHop:
		a.nextHop = a.nextHop.change(s.bdd, under, func(hop) hop { return hop{true, action.Kind, action.Addr} })
	case *Prepend:
		a.path = a.path.change(s.bdd, under, func(o pathOp) pathOp { return o.prepend(action.ASNs) })
	case *Expand:
		a.path = a.path.change(s.bdd, under, func(o pathOp) pathOp { return o.repeatFirst(action.Count) })
	case *SetCommunity:
		a.doCommunity(s, action, under)
	default:
		panic("policy: action of unknown type")
	}
}

func (a *attributes) doCommunity(s *space, action *SetCommunity, under ref) {
	switch action.Op {
	case CommunityAdd:
		for _, c := range action.Def.Literals {
			id := s.classes.literals[c]
			a.communities[id] = s.or(a.community(s, id), under)
		}
	case CommunityDelete:
		for _, id := range s.classes.covered(action.Def) {
			a.communities[id] = s.without(a.community(s, id), under)
		}
	case CommunitySetTo:
		for id := range a.communities {
			a.communities[id] = s.ite(under, truth(action.Def.Literals.Has(s.classes.list[id].witness)), a.community(s, id))
		}
	}
}

// attribute names what can differ between two accepted routes.
type attribute uint8

const (
	communitiesAttr attribute = iota
	pathAttr
	originAttr
	nextHopAttr
	firstNumberAttr // the four Fields follow
	attributeCount  = firstNumberAttr + 4
)

func (x attribute) String() string {
	if x >= firstNumberAttr {
		return Field(x - firstNumberAttr).String()
	}
	return [...]string{"communities", "as-path", "origin", "next-hop"}[x]
}

// of returns the value as a person would write it.
func (x attribute) of(r *Route) string {
	switch x {
	case communitiesAttr:
		return strings.Trim(fmt.Sprint([]Community(r.Communities)), "[]")
	case pathAttr:
		return "[" + strings.Trim(fmt.Sprint(r.ASPath), "[]") + "]"
	case originAttr:
		return r.Origin.String()
	case nextHopAttr:
		if r.NextHopKind != At {
			return r.NextHopKind.String()
		}
		return r.NextHop.String()
	}
	return fmt.Sprint(*Field(x - firstNumberAttr).Of(r))
}

// differ returns, for each attribute, the routes for which it is not the same in a and b.
func (a *attributes) differ(s *space, b *attributes) (out [attributeCount]ref) {
	for id := range a.communities {
		if a.communities[id] != b.communities[id] {
			out[communitiesAttr] = s.or(out[communitiesAttr], s.xor(a.community(s, id), b.community(s, id)))
		}
	}
	out[pathAttr] = a.path.differ(s.bdd, b.path, s.pathsDiffer)
	out[originAttr] = a.origin.differ(s.bdd, b.origin, s.originsDiffer)
	out[nextHopAttr] = a.nextHop.differ(s.bdd, b.nextHop, s.nextHopsDiffer)
	for f := range a.numbers {
		out[firstNumberAttr+attribute(f)] = a.numbers[f].differ(s.bdd, b.numbers[f], func(x, y clamp) ref {
			equal := no
			for _, in := range x.equal(y) {
				equal = s.or(equal, s.number(Field(f), in))
			}
			return s.not(equal)
		})
	}
	return out
}

func (s *space) originsDiffer(x, y Origin) ref {
	switch {
	case x == asEntered:
		return s.not(s.ask(variable{dim: isOrigin, number: uint32(y)}))
	case y == asEntered:
		return s.not(s.ask(variable{dim: isOrigin, number: uint32(x)}))
	}
	return yes
}

func (s *space) nextHopsDiffer(x, y hop) ref {
	if !x.set {
		x, y = y, x
	}
	if y.set || x.kind != At || !x.addr.IsValid() {
		return yes
	}
	return s.not(s.in(viaNextHop, netip.PrefixFrom(x.addr, x.addr.BitLen())))
}
