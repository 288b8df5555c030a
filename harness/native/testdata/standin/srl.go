package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/speaker"
)

// srl answers "sr_cli -d COMMAND", and "sr_cli -ed" whose commands come from standard input, as SR Linux 25.10 does: "info" alone leaves out
// what leads to a path.
func srl(r *router, q question) string {
	if q.Args[0] == "-ed" {
		return r.enterSRL(q.Input)
	}
	path, ok := strings.CutPrefix(q.Args[1], "info with-context from ")
	path, json := strings.CutSuffix(path, " | as json")
	if !ok || !json {
		return "Parsing error: Unknown command\n"
	}
	instance := func(name string, x any) string {
		return text(map[string]any{"network-instance": []any{map[string]any{"name": "default", name: x}}})
	}
	switch path {
	case "state system information version":
		return text(map[string]any{"system": map[string]any{"information": map[string]any{"version": "v0-standin"}}})
	case "running":
		return r.running
	case "state network-instance default protocols bgp neighbor * session-state":
		return instance("protocols", map[string]any{"bgp": map[string]any{"neighbor": srlSessions(r.report())}})
	case "state network-instance default bgp-rib":
		return instance("bgp-rib", srlRoutes(r.report()))
	case "state network-instance default route-table":
		return instance("route-table", r.srlTable())
	}
	return "Parsing error: Unknown path\n"
}

// enterSRL obeys in candidate mode. Of what it loads it knows no load-balancing, and what it shows lacks all about SNMP, without a word.
func (r *router) enterSRL(commands string) string {
	var out strings.Builder
	for _, command := range strings.Split(strings.TrimSpace(commands), "\n") {
		words := strings.Fields(command)
		switch {
		case len(words) == 3 && words[0] == "load" && words[1] == "file":
			file, err := os.ReadFile(words[2])
			if err != nil || strings.Contains(string(file), `"load-balancing"`) {
				return out.String() + "Error: Path '.load-balancing': unknown element\n" // and what follows is not obeyed
			}
			r.next = string(file)
			out.WriteString("/:\n    Loaded configuration from file\n")
		case command == "commit validate":
			if !json.Valid([]byte(r.next)) {
				return out.String() + "Error: invalid configuration\n"
			}
			out.WriteString("All changes are valid\n")
		case command == "commit now":
			if err := r.commit(r.applySRL, shownBySRL(r.next)); err != nil {
				return out.String() + "Error: commit failed: " + err.Error() + "\n"
			}
			out.WriteString("All changes have been committed. Leaving candidate mode.\n")
		default:
			out.WriteString("Parsing error: Unknown token '" + command + "'\n")
		}
	}
	return out.String()
}

// shownBySRL returns a configuration as "info" shows it: names without modules.
func shownBySRL(config string) string {
	var all map[string]any
	if json.Unmarshal([]byte(config), &all) != nil {
		return ""
	}
	out := map[string]any{}
	for k, v := range all {
		if name := k[strings.LastIndexByte(k, ':')+1:]; name != "_preamble" && name != "snmp" {
			out[name] = v
		}
	}
	return text(out)
}

func srlSessions(report *speaker.Report) []any {
	out := []any{}
	for _, s := range report.Sessions {
		out = append(out, map[string]any{"peer-address": s.Remote.String(), "session-state": map[bool]string{true: "established", false: "active"}[s.Up]})
	}
	return out
}

// srlRoutes is the bgp-rib, with attributes of their own for every route.
func srlRoutes(report *speaker.Report) map[string]any {
	routes, sets := map[bool][]any{}, []any{}
	for i, p := range report.Paths {
		index := fmt.Sprint(i + 1)
		routes[p.Route.Prefix.Addr().Is6()] = append(routes[p.Route.Prefix.Addr().Is6()], map[string]any{"prefix": p.Route.Prefix.String(),
			"neighbor": p.Route.Neighbor.String(), "origin-protocol": "srl_nokia-common:bgp", "attr-id": index, "used-route": p.Best, "valid-route": true, "best-route": p.Best})
		var standard, large []string
		for _, c := range p.Route.Communities {
			if l, ok := strings.CutPrefix(c.String(), "large:"); ok {
				large = append(large, l)
			} else {
				standard = append(standard, c.String())
			}
		}
		sets = append(sets, map[string]any{"index": index, "origin": [...]string{"igp", "egp", "incomplete"}[p.Route.Origin], "next-hop": p.Route.NextHop.String(),
			"med": p.Route.MED, "local-pref": p.Route.LocalPref, "communities": map[string]any{"community": standard, "large-community": large},
			"as-path": map[string]any{"segment": []any{map[string]any{"type": "as-sequence", "member": p.Route.ASPath}}}})
	}
	rib := func(v6 bool) map[string]any { return map[string]any{"local-rib": map[string]any{"route": routes[v6]}} }
	return map[string]any{"attr-sets": map[string]any{"attr-set": sets}, "afi-safi": []any{
		map[string]any{"afi-safi-name": "ipv4-unicast", "ipv4-unicast": rib(false)}, map[string]any{"afi-safi-name": "ipv6-unicast", "ipv6-unicast": rib(true)}}}
}

// srlTable is the route-table, of the kernel, by which this stand-in forwards.
func (r *router) srlTable() map[string]any {
	routes, groups, hops := map[bool][]any{}, []any{}, []any{}
	fib, err := r.ns.FIB()
	if err != nil {
		return nil
	}
	hop := func(kind string, to netip.Addr) map[string]any {
		index := fmt.Sprint(len(hops) + 1)
		h := map[string]any{"index": index, "type": kind}
		if to.IsValid() {
			h["ip-address"] = to.String()
		}
		hops = append(hops, h)
		return map[string]any{"id": 0, "next-hop": index}
	}
	for i, k := range fib {
		kind, list := "bgp", []any{}
		switch {
		case k.Protocol == kernel.Connected:
			kind = "local"
		case k.Discard:
			list = append(list, hop("blackhole", netip.Addr{}))
		}
		for _, h := range k.Hops {
			list = append(list, hop("direct", h.Addr))
		}
		v6 := k.Dst.Addr().Is6()
		name := map[bool]string{true: "ipv6-prefix", false: "ipv4-prefix"}[v6]
		routes[v6] = append(routes[v6], map[string]any{name: k.Dst.String(), "route-type": kind, "active": true, "next-hop-group": fmt.Sprint(i + 1)})
		groups = append(groups, map[string]any{"index": fmt.Sprint(i + 1), "next-hop": list})
	}
	return map[string]any{"ipv4-unicast": map[string]any{"route": routes[false]}, "ipv6-unicast": map[string]any{"route": routes[true]}, "next-hop-group": groups, "next-hop": hops}
}
