package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
)

// srlText is the part of SR Linux's configuration that this router runs (srl_nokia-interfaces, -network-instance, -bgp, -static-routes,
// -next-hop-groups and -routing-policy.yang).
type srlText struct {
	Interface []struct {
		Name         string
		Subinterface []struct {
			V4 srlAddresses `json:"ipv4"`
			V6 srlAddresses `json:"ipv6"`
		}
	}
	Instance []srlInstance `json:"network-instance"`
	Routing  struct {
		Sets []struct {
			Name   string
			Prefix []struct {
				Prefix netip.Prefix `json:"ip-prefix"`
				Range  string       `json:"mask-length-range"`
			}
		} `json:"prefix-set"`
		Policy []srlPolicy
	} `json:"routing-policy"`
}

type srlAddresses struct {
	Address []struct {
		Prefix netip.Prefix `json:"ip-prefix"`
	}
}

type srlInstance struct {
	Protocols struct {
		BGP struct {
			AS       uint32     `json:"autonomous-system"`
			ID       netip.Addr `json:"router-id"`
			Neighbor []struct {
				Address netip.Addr `json:"peer-address"`
				AS      uint32     `json:"peer-as"`
				In      []string   `json:"import-policy"`
				Out     []string   `json:"export-policy"`
			}
		}
	}
	Static struct {
		Route []struct {
			Prefix string
			Group  string `json:"next-hop-group"`
		}
	} `json:"static-routes"`
	Groups struct {
		Group []struct {
			Name    string
			NextHop []struct {
				Address string `json:"ip-address"`
			} `json:"nexthop"`
		}
	} `json:"next-hop-groups"`
}

type srlPolicy struct {
	Name    string
	Default struct {
		Result string `json:"policy-result"`
	} `json:"default-action"`
	Statement []struct {
		Match struct {
			Prefix struct {
				Set string `json:"prefix-set"`
			}
		}
		Action struct {
			Result string `json:"policy-result"`
			BGP    struct {
				MED struct{ Set uint32 }
			}
		}
	}
}

// inFRR returns what it means in FRR's language, and beside that.
func (t *srlText) inFRR() (string, settings, error) {
	var s settings
	var out strings.Builder
	for _, set := range t.Routing.Sets {
		for i, p := range set.Prefix {
			lengths := ""
			if from, to, ok := strings.Cut(p.Range, ".."); ok {
				lengths = " ge " + from + " le " + to
			}
			fmt.Fprintf(&out, "%s prefix-list %s seq %d permit %s%s\n", family(p.Prefix.Addr()), set.Name, i+1, p.Prefix, strings.Replace(lengths, fmt.Sprintf(" ge %d ", p.Prefix.Bits()), " ", 1))
		}
	}
	for _, p := range t.Routing.Policy {
		for i, st := range p.Statement {
			fmt.Fprintf(&out, "route-map %s %s %d\n", p.Name, verb(st.Action.Result), i+1)
			if st.Match.Prefix.Set != "" {
				fmt.Fprintf(&out, " match ip address prefix-list %s\n", st.Match.Prefix.Set)
			}
			if m := st.Action.BGP.MED.Set; m != 0 {
				fmt.Fprintf(&out, " set metric %d\n", m)
			}
		}
		fmt.Fprintf(&out, "route-map %s %s %d\n", p.Name, verb(p.Default.Result), len(p.Statement)+1)
	}
	for _, x := range t.Instance {
		b := x.Protocols.BGP
		s.asn, s.id = b.AS, b.ID
		fmt.Fprintf(&out, "router bgp %d\n bgp router-id %s\n", b.AS, b.ID)
		var families strings.Builder
		for _, n := range b.Neighbor {
			fmt.Fprintf(&out, " neighbor %s remote-as %d\n", n.Address, n.AS)
			way := map[string][]string{"in": n.In, "out": n.Out}
			fmt.Fprintf(&families, " address-family %sv%d unicast\n  neighbor %s activate\n", "ip", map[bool]int{true: 6, false: 4}[n.Address.Is6()], n.Address)
			for _, dir := range []string{"in", "out"} {
				if len(way[dir]) > 0 {
					fmt.Fprintf(&families, "  neighbor %s route-map %s %s\n", n.Address, way[dir][0], dir)
				}
			}
			families.WriteString(" exit-address-family\n")
		}
		out.WriteString(families.String())
		for _, r := range x.Static.Route {
			for _, g := range x.Groups.Group {
				if g.Name != r.Group || len(g.NextHop) == 0 {
					continue
				}
				o, err := static(r.Prefix, g.NextHop[0].Address)
				if err != nil {
					return "", s, err
				}
				s.own = append(s.own, o)
			}
		}
	}
	return out.String(), s, nil
}

func family(a netip.Addr) string { return map[bool]string{true: "ipv6", false: "ip"}[a.Is6()] }

func verb(result string) string {
	return map[bool]string{true: "permit", false: "deny"}[result == "accept"]
}

// applySRL takes the candidate configuration into use.
func (r *router) applySRL() error {
	var t srlText
	if err := json.Unmarshal([]byte(shownBySRL(r.next)), &t); err != nil {
		return err
	}
	if err := r.forward(); err != nil {
		return err
	}
	for _, i := range t.Interface {
		link := "lo"
		if port, ok := strings.CutPrefix(i.Name, "ethernet-"); ok {
			link = "e" + strings.Replace(port, "/", "-", 1)
		}
		for _, sub := range i.Subinterface {
			for _, a := range append(sub.V4.Address, sub.V6.Address...) {
				if err := r.ns.AddAddresses(link, a.Prefix); err != nil && !strings.Contains(err.Error(), "exists") {
					return err
				}
			}
		}
	}
	text, s, err := t.inFRR()
	if err != nil {
		return err
	}
	c, err := read("router.frr.conf", text)
	if err != nil {
		return err
	}
	return r.run(c, s)
}
