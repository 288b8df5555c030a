package fabric

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// invariants reads what must hold.
func (b *builder) invariants(n *yaml.Node) {
	kinds := map[string]func(*Invariant, *yaml.Node, string){
		"sessions": b.wantSessions, "reach": b.wantReach, "present": b.wantPresent,
		"only": b.wantOnly, "load": b.wantLoad, "spread": b.wantSpread,
	}
	named := map[string]int{}
	for _, item := range b.items(n, "invariants") {
		m := b.mapping(item, "invariant", "name", "sessions", "reach", "present", "only", "load", "spread")
		inv := &Invariant{Name: b.label(item, m["name"], "invariant"), Pos: b.pos(item)}
		if inv.Name == "" {
			continue
		}
		if line, twice := named[inv.Name]; twice {
			b.addf(item, "invariant %s: line %d already has this name", inv.Name, line)
		}
		named[inv.Name] = item.Line
		delete(m, "name")
		if len(m) != 1 {
			b.addf(item, "invariant %s: give exactly one of sessions, reach, present, only, load, spread", inv.Name)
			continue
		}
		for kind, value := range m {
			kinds[kind](inv, value, "invariant "+inv.Name)
		}
		b.f.Invariants = append(b.f.Invariants, inv)
	}
}

// selectors returns the texts of selectors and the nodes they mean.
func (b *builder) selectors(n *yaml.Node, what string) ([]string, []*Node) {
	words := b.words(n, what)
	return texts(words), b.choose(words, what)
}

func texts(words []word) []string {
	var out []string
	for _, w := range words {
		out = append(out, w.text)
	}
	return out
}

// fields returns the values of an invariant, all of which but those after "optional" must be there.
func (b *builder) fields(n *yaml.Node, what string, must []string, optional ...string) map[string]*yaml.Node {
	m := b.mapping(n, what, slices.Concat(must, optional)...)
	for _, f := range must {
		if m[f] == nil && n.Kind == yaml.MappingNode {
			b.addf(n, "%s: it has no %s", what, f)
		}
	}
	return m
}

func (b *builder) wantSessions(inv *Invariant, n *yaml.Node, what string) {
	at, nodes := b.selectors(n, what)
	inv.Sessions = &SessionsUp{At: at}
	if len(nodes) > 0 && !slices.ContainsFunc(nodes, func(n *Node) bool { return len(b.ends[n.Name]) > 0 }) {
		b.addf(n, "%s: these nodes have no session", what)
	}
}

func (b *builder) wantReach(inv *Invariant, n *yaml.Node, what string) {
	m := b.fields(n, what, []string{"from", "to"}, "family")
	from, senders := b.selectors(m["from"], what+": from")
	to, targets := b.targets(m["to"], what+": to")
	family := b.text(m["family"], what+": family")
	inv.Reach = &Reach{From: from, To: to, Family: family.text}
	sources := b.familiesOf(senders, what, n)
	for _, fam := range b.families(family, what) {
		has := func(f [2]bool) bool { return f[fam] }
		if slices.ContainsFunc(sources, has) && slices.ContainsFunc(targets, has) {
			return
		}
	}
	if len(sources) > 0 && len(targets) > 0 {
		b.addf(n, "%s: no pair has addresses of the same family", what)
	}
}

// familiesOf returns which families each node has an address of; a node without any is a problem.
func (b *builder) familiesOf(nodes []*Node, what string, n *yaml.Node) [][2]bool {
	var out [][2]bool
	for _, node := range nodes {
		h := [2]bool{node.Addrs[V4].IsValid(), node.Addrs[V6].IsValid()}
		if h == [2]bool{} {
			b.addf(n, "%s: %s has no address", what, node.Name)
			return nil
		}
		out = append(out, h)
	}
	return out
}

// targets returns what may be reached, services by name, and the families of each.
func (b *builder) targets(n *yaml.Node, what string) ([]string, [][2]bool) {
	var names []string
	var nodes []word
	var out [][2]bool
	for _, w := range b.words(n, what) {
		if w.text != "services" && b.names[w.text].kind != "service" {
			names, nodes = append(names, w.text), append(nodes, w)
			continue
		}
		for _, s := range b.serve(w, what) {
			names = append(names, s.Name)
			out = append(out, [2]bool{s.VIP.Is4(), s.VIP.Is6()})
		}
	}
	if len(nodes) > 0 {
		out = append(out, b.familiesOf(b.choose(nodes, what), what, n)...)
	}
	return names, out
}

// serve returns the services that a word means: one, or all.
func (b *builder) serve(w word, what string) []*Service {
	if w.text == "services" || w.text == "all" {
		if len(b.f.Services) == 0 {
			b.problems.Addf(w.pos, "%s: the fabric has no services", what)
		}
		return b.f.Services
	}
	if s := b.f.Service(w.text); s != nil {
		return []*Service{s}
	}
	b.problems.Addf(w.pos, "%s: no service named %q%s", what, w.text, b.hint(w.text, "service"))
	return nil
}

func (b *builder) wantPresent(inv *Invariant, n *yaml.Node, what string) {
	m := b.fields(n, what, []string{"prefixes", "at"})
	prefixes := b.words(m["prefixes"], what+": prefixes")
	for _, w := range prefixes {
		b.meaning(w, what)
	}
	at := b.words(m["at"], what+": at")
	b.routers(at, what+": at")
	inv.Present = &Present{Prefixes: texts(prefixes), At: texts(at)}
}

func (b *builder) wantOnly(inv *Invariant, n *yaml.Node, what string) {
	m := b.fields(n, what, []string{"prefixes", "toward"})
	prefixes := b.words(m["prefixes"], what+": prefixes")
	for _, w := range prefixes {
		b.meaning(w, what)
	}
	toward := b.words(m["toward"], what+": toward")
	b.routers(toward, what+": toward")
	inv.Only = &Only{Prefixes: texts(prefixes), Toward: texts(toward)}
}

func (b *builder) wantLoad(inv *Invariant, n *yaml.Node, what string) {
	m := b.fields(n, what, []string{"services", "within"})
	inv.Load = &LoadShare{Within: b.number(m["within"], what+": within", 100)}
	for _, w := range b.words(m["services"], what+": services") {
		for _, s := range b.serve(w, what) {
			inv.Load.Services = append(inv.Load.Services, s.Name)
		}
	}
	if b.f.Offered == 0 {
		b.addf(n, "%s: it needs the fabric's offered_load, as in offered_load: 0.7", what)
	}
}

func (b *builder) wantSpread(inv *Invariant, n *yaml.Node, what string) {
	m := b.fields(n, what, []string{"from", "to", "over", "within"}, "flows", "seed")
	s := &Spread{Within: b.number(m["within"], what+": within", 100),
		Flows: int(b.integer(m["flows"], what+": flows", 10_000_000)), Seed: uint64(b.integer(m["seed"], what+": seed", 1<<32-1))}
	inv.Spread = s
	if w := b.text(m["from"], what+": from"); w.text != "" {
		s.From = w.text
		b.selector(w, what+": from")
	}
	if w := b.text(m["over"], what+": over"); w.text != "" {
		s.Over = w.text
		b.routers([]word{w}, what+": over")
	}
	if w := b.text(m["to"], what+": to"); w.text != "" {
		s.To = w.text
		if b.names[w.text].kind == "service" {
			return
		}
		b.selector(w, what+": to")
	}
}
