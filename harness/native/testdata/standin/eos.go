package main

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/speaker"
)

// eos answers "Cli -p 15 -c COMMANDS". What it takes for a configuration is FRR's language, which is much like EOS' own, with interfaces
// that have addresses.
func eos(r *router, q question) string {
	var out strings.Builder
	for _, command := range strings.Split(q.Args[3], "\n") {
		words := strings.Fields(command)
		switch {
		case command == "show version | json":
			out.WriteString(`{"version": "0-standin", "modelName": "cEOSLab"}`)
		case command == "configure session closlab", command == "end":
		case command == "rollback clean-config", command == "abort":
			r.next = ""
		case len(words) == 3 && words[0] == "copy" && words[2] == "session-config":
			text, err := os.ReadFile(strings.TrimPrefix(words[1], "file:"))
			if err != nil {
				out.WriteString("% " + err.Error() + "\n")
				break
			}
			r.next = string(text)
			if strings.Contains(r.next, "\nrefused") {
				out.WriteString("> refused\n% Invalid input (at token 0: 'refused') at line 2\n")
			} else {
				out.WriteString("Copy completed successfully.\n")
			}
		case command == "commit":
			if err := r.commit(r.applyEOS, shownByEOS(r.next)); err != nil {
				out.WriteString("% " + err.Error() + "\n")
			}
		case command == "show running-config | no-more":
			out.WriteString("! Command: show running-config\n!\nno aaa root\n!\n" + r.running + "end\n")
		case command == "show ip bgp summary | json", command == "show ipv6 bgp summary | json":
			out.WriteString(eosSummary(r.report(), words[1] == "ipv6"))
		case command == "show ip bgp detail | json", command == "show ipv6 bgp detail | json":
			out.WriteString(eosRoutes(r.report(), words[1] == "ipv6"))
		case command == "show ip route | json", command == "show ipv6 route | json":
			out.WriteString(r.eosTable(words[1] == "ipv6"))
		default:
			out.WriteString("% Invalid input\n")
		}
	}
	return out.String()
}

// shownByEOS returns a configuration without the lines that say snmp-server, which this router does not hold, without a word.
func shownByEOS(config string) string {
	lines := slices.DeleteFunc(strings.Split(strings.TrimRight(config, "\n"), "\n"), func(l string) bool { return strings.HasPrefix(l, "snmp-server") })
	return strings.Join(lines, "\n") + "\n"
}

// applyEOS takes the session's configuration into use.
func (r *router) applyEOS() error {
	var rest []string
	s := settings{}
	on := ""
	if err := r.forward(); err != nil {
		return err
	}
	for _, l := range strings.Split(strings.TrimRight(shownByEOS(r.next), "\n"), "\n") {
		words := strings.Fields(l)
		switch {
		case len(words) == 2 && words[0] == "interface":
			on = map[bool]string{true: "lo", false: strings.Replace(words[1], "Ethernet", "eth", 1)}[strings.HasPrefix(words[1], "Loopback")]
		case len(words) == 3 && words[1] == "address":
			p, err := netip.ParsePrefix(words[2])
			if err != nil {
				return err
			}
			if err := r.ns.AddAddresses(on, p); err != nil && !strings.Contains(err.Error(), "exists") {
				return err
			}
		case len(words) == 4 && words[1] == "route" && words[0] != "router":
			o, err := static(words[2], words[3])
			if err != nil {
				return err
			}
			s.own = append(s.own, o)
		default:
			if len(words) == 3 && words[0] == "router" && words[1] == "bgp" {
				n, err := strconv.ParseUint(words[2], 10, 32)
				if err != nil {
					return err
				}
				s.asn = uint32(n)
			}
			if len(words) == 2 && words[0] == "router-id" {
				s.id, _ = netip.ParseAddr(words[1])
				l = " bgp router-id " + words[1]
			}
			rest = append(rest, l)
		}
	}
	c, err := read("router.frr.conf", strings.Join(rest, "\n")+"\n")
	if err != nil {
		return err
	}
	return r.run(c, s)
}

func static(prefix, to string) (speaker.Own, error) {
	p, err := netip.ParsePrefix(prefix)
	if err != nil {
		return speaker.Own{}, err
	}
	o := speaker.Own{Route: policy.Route{Prefix: p, Protocol: policy.Static, LocalPref: 100, Preference: 5}, Discard: to == "Null0"}
	if !o.Discard {
		a, err := netip.ParseAddr(to)
		o.Hops, o.Route.NextHop = []netip.Addr{a}, a
		return o, err
	}
	return o, nil
}

func eosSummary(report *speaker.Report, v6 bool) string {
	peers := map[string]any{}
	for _, s := range report.Sessions {
		if s.Remote.Is6() == v6 {
			peers[s.Remote.String()] = map[string]any{"peerState": map[bool]string{true: "Established", false: "Active"}[s.Up]}
		}
	}
	return text(map[string]any{"vrfs": map[string]any{"default": map[string]any{"peers": peers}}})
}

func eosRoutes(report *speaker.Report, v6 bool) string {
	entries := map[string]any{}
	paths := map[string][]any{}
	for _, p := range report.Paths {
		if p.Route.Prefix.Addr().Is6() != v6 {
			continue
		}
		var cs []string
		for _, c := range p.Route.Communities {
			cs = append(cs, c.String())
		}
		key := p.Route.Prefix.String()
		paths[key] = append(paths[key], map[string]any{
			"asPathEntry": map[string]any{"asPathType": nil, "asPath": strings.ToLower(strings.TrimSpace(path(p.Route)))}, "med": p.Route.MED,
			"localPreference": p.Route.LocalPref, "nextHop": p.Route.NextHop.String(),
			"routeType":   map[string]any{"valid": true, "active": p.Best && len(paths[key]) == 0, "ecmp": p.Best, "ecmpContributor": p.Best},
			"routeDetail": map[string]any{"communityList": cs, "peerEntry": map[string]any{"peerAddr": p.Route.Neighbor.String()}},
		})
		entries[key] = map[string]any{"bgpRoutePaths": paths[key]}
	}
	return text(map[string]any{"vrfs": map[string]any{"default": map[string]any{"bgpRouteEntries": entries}}})
}

// eosTable is "show ip route", of the kernel, by which this stand-in forwards.
func (r *router) eosTable(v6 bool) string {
	routes := map[string]any{}
	fib, err := r.ns.FIB()
	if err != nil {
		return fmt.Sprintf("%% %s\n", err)
	}
	for _, k := range fib {
		if k.Dst.Addr().Is6() != v6 {
			continue
		}
		action, vias := "forward", []any{}
		if k.Discard {
			action = "drop"
		}
		for _, h := range k.Hops {
			via := map[string]any{"interface": h.Link}
			if h.Addr.IsValid() {
				via["nexthopAddr"] = h.Addr.String()
			}
			vias = append(vias, via)
		}
		routes[k.Dst.String()] = map[string]any{"routeAction": action, "directlyConnected": k.Protocol == kernel.Connected, "vias": vias}
	}
	return text(map[string]any{"vrfs": map[string]any{"default": map[string]any{"routes": routes}}})
}
