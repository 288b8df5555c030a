package fabric

import (
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/policy"
	"go.yaml.in/yaml/v3"
)

// route gives a router a route of its own.
func (b *builder) route(n *Node, r Route) {
	if b.ownRoutes++; b.ownRoutes <= maxRoutes {
		n.Routes = append(n.Routes, r)
	} else if b.ownRoutes == maxRoutes+1 {
		b.problems.Addf(r.Pos, "routes: a fabric has at most %d routes of its routers' own", maxRoutes)
	}
}

// routes reads the routers' static routes.
func (b *builder) routes(n *yaml.Node) {
	for _, item := range b.items(n, "routes") {
		const what = "route"
		m := b.mapping(item, what, "at", "prefix", "via", "discard", "communities", "tag")
		if m["at"] == nil || m["prefix"] == nil {
			b.addf(item, "%s: give both at and prefix", what)
			continue
		}
		at := b.routers(b.words(m["at"], what+": at"), what+": at")
		r := Route{Protocol: policy.Static, Drop: b.flag(m["discard"], what+": discard"), Pos: b.pos(item),
			Communities: b.communities(m["communities"], what), Tag: b.integer(m["tag"], what+": tag", 1<<32-1)}
		if r.Drop == (m["via"] != nil) {
			b.addf(item, "%s: give either via or discard: true", what)
			continue
		}
		prefixes := b.members(b.words(m["prefix"], what+": prefix"), what)
		via := b.nextNodes(at, m["via"], what)
		for i, node := range at {
			if m["via"] != nil {
				r.Via = via[i]
			}
			for _, p := range prefixes {
				r.Prefix = p
				b.route(node, r)
			}
		}
	}
}

// nextNodes returns for every router of at the routers of via that it is linked to.
func (b *builder) nextNodes(at []*Node, n *yaml.Node, what string) [][]string {
	words := b.words(n, what+": via")
	if len(words) == 0 {
		return nil
	}
	via := b.routers(words, what+": via")
	used := map[string]bool{}
	for _, v := range via {
		used[v.Name] = false
	}
	out := make([][]string, len(at))
	for i, node := range at {
		for _, next := range b.neighbours[node.Name] {
			if _, wanted := used[next]; wanted {
				used[next] = true
				out[i] = append(out[i], next)
			}
		}
		if len(out[i]) == 0 && len(via) > 0 {
			b.problems.Addf(words[0].pos, "%s: %s has no link to %s", what, node.Name, words[0].text)
		}
	}
	for _, v := range via {
		if len(at) > 0 && !used[v.Name] {
			b.problems.Addf(words[0].pos, "%s: no router that has this route has a link to %s", what, v.Name)
		}
	}
	return out
}

// announces reads network statements: what routers announce without anything behind it.
func (b *builder) announces(n *yaml.Node) {
	for _, item := range b.items(n, "announces") {
		const what = "announcement"
		m := b.mapping(item, what, "at", "prefix")
		if m["at"] == nil || m["prefix"] == nil {
			b.addf(item, "%s: give both at and prefix", what)
			continue
		}
		prefixes := b.members(b.words(m["prefix"], what+": prefix"), what)
		for _, node := range b.routers(b.words(m["at"], what+": at"), what+": at") {
			b.announce(node, prefixes, b.pos(item))
		}
	}
}

// members returns the prefixes that words mean: prefix groups, or prefixes themselves.
func (b *builder) members(words []word, what string) []netip.Prefix {
	var out []netip.Prefix
	for _, w := range words {
		i := slices.IndexFunc(b.f.Prefixes, func(g *PrefixGroup) bool { return g.Name == w.text })
		switch {
		case i >= 0 && len(b.f.Prefixes[i].Prefixes) == 0:
			b.problems.Addf(w.pos, "%s: prefix group %s is empty", what, w.text)
		case i >= 0:
			out = append(out, b.f.Prefixes[i].Prefixes...)
		case nameForm.MatchString(w.text):
			b.problems.Addf(w.pos, "%s: no prefix group named %q%s", what, w.text, b.hint(w.text, "prefix group", "site"))
		default:
			if p, ok := b.prefix(w, what); ok {
				out = append(out, p)
			}
		}
	}
	return out
}

// communities returns the communities of a route.
func (b *builder) communities(n *yaml.Node, what string) policy.Communities {
	var out policy.Communities
	for _, w := range b.words(n, what+": communities") {
		c, err := policy.ParseCommunity(w.text)
		if err != nil {
			b.problems.Addf(w.pos, "%s: %s", what, err)
			continue
		}
		out = out.With(c)
	}
	return out
}
