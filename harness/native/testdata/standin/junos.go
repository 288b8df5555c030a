package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/speaker"
)

// junos answers "cli -c COMMANDS".
func junos(r *router, q question) string {
	var out strings.Builder
	for _, command := range strings.Split(q.Args[1], "; ") {
		words := strings.Fields(command)
		switch {
		case command == "show version | display json | no-more":
			out.WriteString(`{"software-information" : [{"host-name" : [{"data" : "standin"}], "product-model" : [{"data" : "crpd"}], "junos-version" : [{"data" : "0-standin"}]}]}`)
		case command == "configure exclusive":
			out.WriteString("Entering configuration mode\n\n[edit]\n")
			r.next = r.running
		case len(words) == 3 && words[0] == "load" && words[1] == "override":
			text, err := os.ReadFile(words[2])
			if err != nil {
				out.WriteString("error: " + err.Error() + "\n")
				break
			}
			out.WriteString(r.override(string(text)))
		case command == "commit check":
			if _, _, err := readJunos(r.next); err != nil {
				out.WriteString("error: " + err.Error() + "\nerror: configuration check-out failed\n")
			} else {
				out.WriteString("configuration check succeeds\n")
			}
		case command == "rollback 0":
			r.next = r.running
			out.WriteString("load complete\n")
		case command == "commit":
			out.WriteString(r.commitJunos())
		case command == "exit":
			out.WriteString("Exiting configuration mode\n")
		case command == "show configuration | no-more":
			out.WriteString("## Last commit: 2026-01-01 00:00:00 UTC by root\nversion 0-standin;\n" + r.running)
		case command == "show bgp summary | display json | no-more":
			out.WriteString(junosSummary(r.report()))
		case command == "show route protocol bgp detail | display json | no-more":
			out.WriteString(junosRoutes(r.report()))
		default:
			out.WriteString("error: unknown command: " + command + "\n")
		}
	}
	return out.String()
}

// override loads a text as Junos does: what it cannot read it leaves out. As this router is meant to be tested with, it does not know
// forwarding-options, and does not hold what is said of snmp, without a word.
func (r *router) override(text string) string {
	c, err := conf.Parse("file", []byte(text))
	if err != nil {
		return err.Error() + "\nload complete (1 errors)\n"
	}
	r.next = without(text, "snmp")
	if c.Root().Child("forwarding-options") != nil {
		r.next = without(r.next, "forwarding-options")
		return "file:1:(1) syntax error: forwarding-options\n  [edit]\n    'forwarding-options'\n      syntax error\nload complete (1 errors)\n"
	}
	return "load complete\n"
}

// without returns a text without a section.
func without(text, section string) string {
	p, err := conf.ParsePatch("patch", []byte("delete "+section+"\n"))
	if err != nil {
		return text
	}
	c, err := conf.Parse("text", []byte(text))
	if err != nil {
		return text
	}
	out, _, err := p.ApplyTo(map[string]*conf.Config{"text": c})
	if err != nil {
		return text // it does not have it
	}
	return string(out["text"].Text())
}

// commitJunos takes the candidate configuration into use.
func (r *router) commitJunos() string {
	c, s, err := readJunos(r.next)
	if err == nil {
		err = r.commit(func() error { return r.run(c.config, s) }, r.next)
	}
	if err != nil {
		return "error: " + err.Error() + "\nerror: commit failed\n"
	}
	return "commit complete\n"
}

// word returns the word behind others.
func word(c *conf.Config, path ...string) string {
	n := c.Root().Get(path...)
	if n == nil || len(n.Children) == 0 {
		return ""
	}
	return n.Children[0].Word
}

// junosSummary is "show bgp summary".
func junosSummary(report *speaker.Report) string {
	peers := []any{}
	for _, s := range report.Sessions {
		state := "Active"
		if s.Up {
			state = "Established"
		}
		peers = append(peers, map[string]any{"peer-address": data(s.Remote.String()), "peer-state": data(state)})
	}
	return text(map[string]any{"bgp-information": []any{map[string]any{"bgp-peer": peers}}})
}

// junosRoutes is "show route protocol bgp detail".
func junosRoutes(report *speaker.Report) string {
	tables := map[bool]map[netip.Prefix][]any{false: {}, true: {}}
	for _, p := range report.Paths {
		e := map[string]any{"protocol-name": data("BGP"), "preference": data("170"), "gateway": data(p.Route.Neighbor.String()),
			"local-preference": data(strconv.Itoa(int(p.Route.LocalPref))), "as-path": data("AS path:" + path(p.Route) + " "),
			"nh": []any{map[string]any{"to": data(p.Route.NextHop.String())}}, "bgp-rt-flag": data("Accepted")}
		if p.Route.MED != 0 {
			e["metric"] = data(strconv.Itoa(int(p.Route.MED)))
		}
		if len(p.Route.Communities) > 0 {
			var list []any
			for _, c := range p.Route.Communities {
				list = append(list, data(c.String())[0])
			}
			e["communities"] = []any{map[string]any{"community": list}}
		}
		t := tables[p.Route.Prefix.Addr().Is6()]
		switch first := len(t[p.Route.Prefix]) == 0; {
		case p.Best && first:
			e["active-tag"] = data("*")
		case p.Best:
			e["bgp-rt-flag"] = data("Accepted MultipathContrib")
		}
		t[p.Route.Prefix] = append(t[p.Route.Prefix], e)
	}
	var out []any
	for v6, t := range tables {
		rts := []any{}
		for p, entries := range t {
			rts = append(rts, map[string]any{"rt-destination": data(p.Addr().String()), "rt-prefix-length": data(strconv.Itoa(p.Bits())), "rt-entry": entries})
		}
		out = append(out, map[string]any{"table-name": data(map[bool]string{false: "inet.0", true: "inet6.0"}[v6]), "rt": rts})
	}
	return text(map[string]any{"route-information": []any{map[string]any{"route-table": out}}})
}

// path is an AS path with the letter of the origin.
func path(r policy.Route) string {
	var words []string
	for _, n := range r.ASPath {
		words = append(words, strconv.Itoa(int(n)))
	}
	return " " + strings.Join(append(words, [...]string{"I", "E", "?"}[r.Origin]), " ")
}

func data(s string) []any { return []any{map[string]any{"data": s}} }

func text(x any) string {
	b, err := json.MarshalIndent(x, "", "    ")
	if err != nil {
		return fmt.Sprintf("error: %s", err)
	}
	return string(b) + "\n"
}
