package fabric

import (
	"net/netip"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
	"go.yaml.in/yaml/v3"
)

// roomForRoutes counts routes of the routers' own, and reports whether the fabric may have so many.
func (b *builder) roomForRoutes(count int, what string, pos place.Pos) bool {
	if b.ownRoutes+count > maxRoutes {
		b.problems.Addf(pos, "%s: a fabric has at most %d routes of its routers' own", what, maxRoutes)
		return false
	}
	b.ownRoutes += count
	return true
}

// routes reads the routers' static and aggregate routes.
func (b *builder) routes(n *yaml.Node) {
	for _, item := range b.items(n, "routes") {
		const what = "route"
		m := b.mapping(item, what, "at", "prefix", "via", "discard", "aggregate", "communities", "tag")
		if m["at"] == nil || m["prefix"] == nil {
			b.addf(item, "%s: give both at and prefix", what)
			continue
		}
		at := b.routers(b.words(m["at"], what+": at"), what+": at")
		r := Route{Protocol: policy.Static, Drop: b.flag(m["discard"], what+": discard"), Pos: b.pos(item),
			Communities: b.communities(m["communities"], what), Tag: b.integer(m["tag"], what+": tag", 1<<32-1)}
		aggregate, ways := b.flag(m["aggregate"], what+": aggregate"), 0
		for _, given := range []bool{m["via"] != nil, r.Drop, aggregate} {
			if given {
				ways++
			}
		}
		if aggregate {
			r.Protocol = policy.Aggregate
		}
		if ways != 1 {
			b.addf(item, "%s: give one of via, discard: true and aggregate: true", what)
			continue
		}
		prefixes := b.members(b.words(m["prefix"], what+": prefix"), what)
		via := b.nextNodes(at, m["via"], what)
		if !b.roomForRoutes(len(at)*len(prefixes), what, r.Pos) {
			return
		}
		for i, node := range at {
			if via != nil {
				r.Via = via[i]
			}
			for _, p := range prefixes {
				r.Prefix = p
				node.Routes = append(node.Routes, r)
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
		if !b.spend(len(b.neighbours[node.Name]), words[0].pos) {
			return out
		}
		for _, next := range b.neighbours[node.Name] {
			if _, wanted := used[next]; wanted {
				used[next] = true
				out[i] = append(out[i], next)
			}
		}
		if len(out[i]) == 0 && len(via) > 0 {
			b.problems.Addf(words[0].pos, "%s: %s has no link to %s", what, node.Name, words[0].text)
			return out
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
		at := b.routers(b.words(m["at"], what+": at"), what+": at")
		if !b.roomForRoutes(len(at)*len(prefixes), what, b.pos(item)) {
			return
		}
		b.announce(at, prefixes, b.pos(item))
	}
}

// members returns the prefixes that words mean: prefix groups, or prefixes themselves.
func (b *builder) members(words []word, what string) []netip.Prefix {
	var out []netip.Prefix
	for _, w := range words {
		out = append(out, b.meaning(w, what)...)
	}
	return out
}

// meaning returns the prefixes of a prefix group, or the one prefix that a word is.
func (b *builder) meaning(w word, what string) []netip.Prefix {
	if g := b.prefixesOf[w.text]; g != nil {
		if len(g.Prefixes) == 0 {
			b.problems.Addf(w.pos, "%s: prefix group %s is empty", what, w.text)
		}
		return g.Prefixes
	}
	if nameForm.MatchString(w.text) {
		b.problems.Addf(w.pos, "%s: no prefix group named %q%s", what, w.text, b.hint(w.text, "prefix group", "site"))
		return nil
	}
	if p, ok := b.prefix(w, what); ok {
		return []netip.Prefix{p}
	}
	return nil
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
