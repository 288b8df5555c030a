package native

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// srlTable is the route-table of a network instance (srl_nokia-ip-route-tables.yang).
type srlTable struct {
	V4     struct{ Route []srlEntry } `json:"ipv4-unicast"`
	V6     struct{ Route []srlEntry } `json:"ipv6-unicast"`
	Groups []struct {
		Index   json.Number
		NextHop []struct {
			NextHop json.Number `json:"next-hop"`
		} `json:"next-hop"`
	} `json:"next-hop-group"`
	Hops []srlHop `json:"next-hop"`
}

type srlEntry struct {
	V4     string      `json:"ipv4-prefix"`
	V6     string      `json:"ipv6-prefix"`
	Type   string      `json:"route-type"`
	Active bool        `json:"active"`
	Group  json.Number `json:"next-hop-group"`
}

type srlHop struct {
	Index    json.Number
	Type     string
	Address  string `json:"ip-address"`
	Indirect struct {
		Route struct {
			Type  string      `json:"route-type"`
			Group json.Number `json:"next-hop-group"`
		} `json:"resolving-route"`
	}
}

func (c *srlinux) fib(ctx context.Context) ([]Forward, error) {
	var answer struct {
		Instance []struct {
			Table *srlTable `json:"route-table"`
		} `json:"network-instance"`
	}
	if err := c.state(ctx, &answer, "network-instance default route-table"); err != nil {
		return nil, err
	}
	if len(answer.Instance) == 0 {
		return nil, errNoInstance
	}
	out := []Forward{}
	for _, i := range answer.Instance {
		if i.Table == nil {
			return nil, errors.New("no route-table in its answer")
		}
		for _, e := range append(i.Table.V4.Route, i.Table.V6.Route...) {
			if !e.Active {
				continue
			}
			f, ok, err := i.Table.forward(e)
			if err != nil {
				return nil, fmt.Errorf("route-table: %s%s: %w", e.V4, e.V6, err)
			}
			if ok {
				out = append(out, f)
			}
		}
	}
	return out, nil
}

// forward returns the entry; it reports false for what follows from links.
func (t *srlTable) forward(e srlEntry) (Forward, bool, error) {
	p, err := netip.ParsePrefix(e.V4 + e.V6)
	f := Forward{Prefix: p}
	kind := bare(e.Type)
	switch {
	case err != nil:
		return f, false, err
	case kind == "host":
		f.Local = true
		return f, p.IsSingleIP(), nil
	case kind == "local":
		return f, false, nil
	}
	return f, true, t.resolve(&f, e.Group, 0)
}

// bare returns an identity of YANG without the name of its module.
func bare(identity string) string { return identity[strings.LastIndexByte(identity, ':')+1:] }

// deepest is how far next hops may lead to other groups.
const deepest = 8

// resolve adds the next hops on links that a group leads to in the end.
func (t *srlTable) resolve(f *Forward, group json.Number, depth int) error {
	if depth > deepest {
		return fmt.Errorf("next hops that lead to each other")
	}
	for _, g := range t.Groups {
		if g.Index != group {
			continue
		}
		for _, n := range g.NextHop {
			if err := t.hop(f, n.NextHop, depth); err != nil {
				return err
			}
		}
		if !f.Drop && len(f.Hops) == 0 {
			return fmt.Errorf("next-hop-group %s leads nowhere", group)
		}
		return nil
	}
	return fmt.Errorf("no next-hop-group %s", group)
}

func (t *srlTable) hop(f *Forward, index json.Number, depth int) error {
	for _, h := range t.Hops {
		if h.Index != index {
			continue
		}
		kind, over := bare(h.Type), bare(h.Indirect.Route.Type)
		switch {
		case kind == "blackhole":
			f.Drop = true
			return nil
		case kind == "indirect" && over != "local": // over a route that is not that of a link
			return t.resolve(f, h.Indirect.Route.Group, depth+1)
		case kind == "direct", kind == "indirect":
			a, err := netip.ParseAddr(h.Address)
			f.Hops = append(f.Hops, a)
			return err
		default:
			return fmt.Errorf("next hop of type %q", kind)
		}
	}
	return fmt.Errorf("no next-hop %s", index)
}
