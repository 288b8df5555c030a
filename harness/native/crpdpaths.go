package native

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/policy"
)

// cell is an element of Junos' JSON: a list of one object with its text.
type cell []struct {
	Data json.RawMessage `json:"data"`
}

// text returns the text; "" if there is none.
func (c cell) text() string {
	if len(c) == 0 {
		return ""
	}
	var s string
	if json.Unmarshal(c[0].Data, &s) != nil {
		s = string(bytes.Trim(c[0].Data, " \n")) // a number
	}
	return strings.TrimSpace(s)
}

// all returns the texts of a list of elements.
func (c cell) all() []string {
	var out []string
	for i := range c {
		out = append(out, c[i:i+1].text())
	}
	return out
}

// rtEntry is a route of "show route detail".
type rtEntry struct {
	Active      cell   `json:"active-tag"`
	Protocol    cell   `json:"protocol-name"`
	Gateway     cell   `json:"gateway"` // who sent it
	LocalPref   cell   `json:"local-preference"`
	Metric      cell   `json:"metric"`
	ASPath      cell   `json:"as-path"`
	Flags       cell   `json:"bgp-rt-flag"`
	Hops        []hop  `json:"nh"`
	Protocols   []hop  `json:"protocol-nh"` // where the next hop is not on a link
	Communities []list `json:"communities"`
}

type hop struct {
	To cell `json:"to"`
}

type list struct {
	Community cell `json:"community"`
}

func (c *crpd) paths(ctx context.Context) ([]Path, error) {
	var answer struct {
		Route []struct {
			Tables []struct {
				Name cell `json:"table-name"`
				RT   []struct {
					Destination cell      `json:"rt-destination"`
					Length      cell      `json:"rt-prefix-length"`
					Entries     []rtEntry `json:"rt-entry"`
				} `json:"rt"`
			} `json:"route-table"`
		} `json:"route-information"`
	}
	if err := c.show(ctx, &answer, "show route protocol bgp detail"); err != nil {
		return nil, err
	}
	if len(answer.Route) == 0 {
		return nil, errors.New("show route: no route-information")
	}
	var out []Path
	for _, t := range answer.Route[0].Tables {
		if n := t.Name.text(); n != "inet.0" && n != "inet6.0" {
			continue
		}
		for _, rt := range t.RT {
			text := rt.Destination.text()
			if length := rt.Length.text(); length != "" {
				text += "/" + length
			}
			prefix, err := netip.ParsePrefix(text)
			if err != nil {
				return nil, fmt.Errorf("show route: %w", err)
			}
			for _, e := range rt.Entries {
				p, err := e.path(prefix)
				if err != nil {
					return nil, fmt.Errorf("show route: %s: %w", prefix, err)
				}
				out = append(out, p)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Path) int { return best(b) - best(a) })
	return out, nil
}

func best(p Path) int {
	if p.Best {
		return 1
	}
	return 0
}

// path returns the route as the model has it.
func (e *rtEntry) path(prefix netip.Prefix) (Path, error) {
	out := Path{Best: e.Active.text() == "*" || slices.Contains(strings.Fields(strings.Join(e.Flags.all(), " ")), "MultipathContrib")}
	r := &out.Route
	r.Prefix, r.Protocol = prefix, policy.BGP
	var err error
	if r.Neighbor, err = netip.ParseAddr(e.Gateway.text()); err != nil {
		return out, fmt.Errorf("who sent it: %w", err)
	}
	hops := e.Hops
	if len(e.Protocols) > 0 {
		hops = e.Protocols
	}
	for _, h := range hops { // the active one of several equals has those of all
		a, err := netip.ParseAddr(h.To.text())
		if err != nil {
			return out, fmt.Errorf("next hop: %w", err)
		}
		if !r.NextHop.IsValid() || a == r.Neighbor {
			r.NextHop = a
		}
	}
	if r.LocalPref, err = number(e.LocalPref, 100); err == nil {
		r.MED, err = number(e.Metric, 0)
	}
	if err == nil {
		err = asPath(r, strings.TrimPrefix(e.ASPath.text(), "AS path:"))
	}
	if err == nil {
		var texts []string
		for _, l := range e.Communities {
			texts = append(texts, l.Community.all()...)
		}
		r.Communities, err = communities(texts)
	}
	return out, err
}

func number(c cell, otherwise uint32) (uint32, error) {
	if c.text() == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseUint(c.text(), 10, 32)
	return uint32(n), err
}

// asPath takes AS numbers with the letter of the origin behind them: "65001 65002 I".
func asPath(r *policy.Route, text string) error {
	for _, w := range strings.Fields(text) {
		switch w {
		case "I", "i":
			r.Origin = policy.IGP
		case "E", "e":
			r.Origin = policy.EGP
		case "?":
			r.Origin = policy.Incomplete
		default:
			n, err := strconv.ParseUint(w, 10, 32)
			if err != nil {
				return fmt.Errorf("AS path %q: sets and confederations are not modelled", text)
			}
			r.ASPath = append(r.ASPath, uint32(n))
		}
	}
	return nil
}

// wellKnown are the lower halves of the communities that routers show by name (RFC 1997, RFC 8326).
var wellKnown = map[string]uint16{"no-export": 0xff01, "no-advertise": 0xff02, "no-export-subconfed": 0xff03, "local-as": 0xff03}

// communities returns the communities of these texts; nil for none.
func communities(texts []string) (policy.Communities, error) {
	var out []policy.Community
	for _, t := range texts {
		if well := wellKnown[strings.ToLower(t)]; well != 0 {
			out = append(out, policy.Std(0xffff, well))
			continue
		}
		c, err := policy.ParseCommunity(t)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, nil
	}
	return policy.CommunitySet(out...), nil
}
