package frr

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Definition is something that a configuration gives a name: a route-map or a list.
type Definition struct {
	Kind string // "route-map", "ip prefix-list", "bgp community-list", ...
	Name string
	Pos  place.Pos // of its first line
	Used bool      // named by a route-map or by router bgp
}

func (d *Definition) String() string { return d.Kind + " " + d.Name }

// reading is how the reading of a definition went.
type reading struct {
	problems place.Problems // what of it is wrong or not modelled, whoever uses it
}

// problem adds a problem of the definition.
func (l *list) problem(pos place.Pos, format string, args ...any) {
	l.problems.Addf(pos, "%s: %s", l, fmt.Sprintf(format, args...))
}

func (m *routeMap) problem(pos place.Pos, format string, args ...any) {
	m.problems.Addf(pos, "%s: %s", m, fmt.Sprintf(format, args...))
}

// kinds of lists, as their lines begin.
const (
	prefixList4    = "ip prefix-list"
	prefixList6    = "ipv6 prefix-list"
	accessList4    = "access-list"
	accessList6    = "ipv6 access-list"
	communityList  = "bgp community-list"
	largeList      = "bgp large-community-list"
	extendedList   = "bgp extcommunity-list"
	asPathList     = "bgp as-path access-list"
	routeMapObject = "route-map"
)

// key names a definition.
type key struct{ kind, name string }

// list returns the list, made if it is new.
func (r *reader) list(kind, name string, l line) *list {
	k := key{kind, name}
	x := r.cfg.lists[k]
	if x == nil {
		x = &list{Definition: Definition{Kind: kind, Name: name, Pos: l.pos}}
		r.cfg.lists[k] = x
		r.cfg.order = append(r.cfg.order, &x.Definition)
	}
	return x
}

// defined reports whether FRR would find the definition: one without entries does not exist, but for a prefix-list with a description.
func (c *Config) defined(k key) bool {
	if l := c.lists[k]; l != nil {
		return len(l.bySeq) > 0 || l.described
	}
	m := c.maps[k.name]
	return k.kind == routeMapObject && m != nil && len(m.entries) > 0
}

// never returns a match that no route meets, called by the words.
func never(words ...string) []policy.Match {
	return []policy.Match{policy.NewMatchPrefix(slices.Clone(words), nil, nil)}
}
