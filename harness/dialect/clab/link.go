package clab

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// link reads a link in the brief form (endpoints as NODE:INTERFACE) or the extended one (a type, and endpoints with fields).
func (r *reader) link(n *yaml.Node) {
	l := &Link{Pos: r.pos(n)}
	kind, ends := "veth", []End(nil)
	for _, e := range r.entries(n, "link") {
		switch e.text {
		case "type":
			kind = r.fixed(e.value, "link: type")
		case "endpoints":
			for _, item := range r.items(e.value, "link: endpoints") {
				ends = append(ends, r.end(item))
			}
		case "endpoint":
			ends = append(ends, r.end(e.value))
		case "mtu", "labels", "vars", "ipv4", "ipv6", "host-interface", "mode", "remote", "vni", "udp-port", "dst-port", "src-port":
			r.pass(e, "link: "+e.text)
		default:
			r.problems.Addf(e.pos, "link: no field named %q", e.text)
		}
	}
	switch {
	case kind == "dummy":
		return // an interface that leads nowhere
	case kind != "veth":
		r.addf(n, "link: type %s leads out of the lab, and closlab's labs are closed: it reads links of type veth", kind)
	case len(ends) != 2:
		r.addf(n, "link: it has %d endpoints, and not 2", len(ends))
	case ends[0] != End{} && ends[1] != End{}:
		l.Ends = [2]End{ends[0], ends[1]}
		r.t.Links = append(r.t.Links, l)
	}
}

var portForm = regexp.MustCompile(`^[^\s/:$]{1,15}$`)

// end reads an endpoint: NODE:INTERFACE, or fields.
func (r *reader) end(n *yaml.Node) (out End) {
	if p := r.plain(n); p != nil && p.Kind == yaml.MappingNode {
		for _, e := range r.entries(p, "endpoint") {
			switch e.text {
			case "node":
				out.Node = r.fixed(e.value, "endpoint: node")
			case "interface":
				out.Port = r.fixed(e.value, "endpoint: interface")
			case "mac", "vars", "ipv4", "ipv6":
				r.pass(e, "endpoint: "+e.text)
			default:
				r.problems.Addf(e.pos, "endpoint: no field named %q", e.text)
			}
		}
	} else {
		out.Node, out.Port, _ = strings.Cut(r.fixed(n, "endpoint"), ":")
	}
	switch {
	case out.Node == "host" || out.Node == "mgmt-net" || out.Node == "macvlan":
		r.addf(n, "link: %s leads out of the lab, and closlab's labs are closed", out.Node)
	case r.nodes[out.Node] == nil:
		r.addf(n, "link: no node named %q", out.Node)
	case !portForm.MatchString(out.Port):
		r.addf(n, "link: %q is no name of a Linux interface", out.Port)
	default:
		return out
	}
	return End{}
}
