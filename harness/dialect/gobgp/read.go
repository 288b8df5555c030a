package gobgp

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Config is what a GoBGP configuration says about policy.
type Config struct {
	Policies       []*policy.Policy // in order of appearance
	Import, Export policy.Chain     // of the global apply-policy; the last policy is GoBGP's default made explicit
}

// Read returns what the policy sections of a GoBGP configuration mean: defined-sets, policy-definitions and
// global.apply-policy; other sections are not looked at. Files that end in .toml are TOML, all others YAML. The error is a
// place.Problems with everything that is wrong or that the model does not have; AS path conditions and prepends are among them
// for policies of the export list, since GoBGP runs these on paths that carry the own AS already.
func Read(file string, text []byte) (*Config, error) {
	r := &reader{file: file, cfg: &Config{}, sets: map[string]*yaml.Node{}}
	root, err := r.parse(text)
	if err != nil {
		r.ps.Add(place.Pos{File: file}, err)
		return nil, r.ps.Err()
	}
	top := r.mapping(root)
	apply := r.mapping(r.mapping(r.mapping(top["global"])["apply-policy"], "config")["config"],
		"import-policy-list", "export-policy-list", "default-import-policy", "default-export-policy")
	r.exported = r.words(apply["export-policy-list"])
	r.definedSets(top["defined-sets"])
	for _, d := range r.items(top["policy-definitions"]) {
		r.policy(d)
	}
	r.cfg.Import = r.chain(r.words(apply["import-policy-list"]), apply["default-import-policy"], root)
	r.cfg.Export = r.chain(r.exported, apply["default-export-policy"], root)
	if err := r.ps.Err(); err != nil {
		return nil, err
	}
	return r.cfg, nil
}

type reader struct {
	file     string
	cfg      *Config
	ps       place.Problems
	sets     map[string]*yaml.Node // by kind and name
	exported []string
	isExport bool // of the policy being read
}

func (r *reader) parse(text []byte) (*yaml.Node, error) {
	if strings.HasSuffix(r.file, ".toml") {
		return tomlTree(r.file, text)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("cannot read YAML: %w", err)
	}
	if len(doc.Content) == 0 {
		return &yaml.Node{Kind: yaml.MappingNode}, nil
	}
	return doc.Content[0], nil
}

func (r *reader) addf(n *yaml.Node, format string, args ...any) {
	r.ps.Addf(r.pos(n), format, args...)
}

func (r *reader) pos(n *yaml.Node) place.Pos { return place.Pos{File: r.file, Line: n.Line} }

// mapping returns the values by key; keys other than those allowed are problems, if any are given.
func (r *reader) mapping(n *yaml.Node, allowed ...string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	if n == nil {
		return out
	}
	if n.Kind != yaml.MappingNode {
		r.addf(n, "want a mapping")
		return out
	}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		if len(allowed) > 0 && !slices.Contains(allowed, key.Value) {
			r.addf(key, "%q is not modelled here: want %s", key.Value, strings.Join(allowed, ", "))
		}
		out[key.Value] = n.Content[i+1]
	}
	return out
}

func (r *reader) items(n *yaml.Node) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.addf(n, "want a list")
		return nil
	}
	return n.Content
}

func (r *reader) words(n *yaml.Node) []string {
	var out []string
	for _, x := range r.items(n) {
		out = append(out, x.Value)
	}
	return out
}

func word(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	return n.Value
}

// chain returns the named policies and the default (accept-route if nothing is said).
func (r *reader) chain(names []string, def, root *yaml.Node) policy.Chain {
	var ps []*policy.Policy
	for _, name := range names {
		i := slices.IndexFunc(r.cfg.Policies, func(p *policy.Policy) bool { return p.Name == name })
		if i < 0 {
			r.addf(root, "apply-policy: no policy named %q", name)
			continue
		}
		ps = append(ps, r.cfg.Policies[i])
	}
	flow, pos := policy.AcceptRoute, root
	if def != nil {
		pos = def
	}
	switch word(def) {
	case "", "accept-route":
	case "reject-route":
		flow = policy.RejectRoute
	default:
		r.addf(def, "default policy %q: want accept-route or reject-route", def.Value)
	}
	last := &policy.Policy{Name: "default", Pos: r.pos(pos), Terms: []*policy.Term{{Name: "default", Pos: r.pos(pos), Flow: flow}}}
	return policy.Calls(append(ps, last)...)
}

var flows = map[string]policy.Flow{"": policy.NextTerm, "none": policy.NextTerm, "accept-route": policy.AcceptRoute, "reject-route": policy.RejectRoute}

func (r *reader) policy(n *yaml.Node) {
	m := r.mapping(n, "name", "statements")
	p := &policy.Policy{Name: word(m["name"]), Pos: r.pos(n)}
	if p.Name == "" {
		r.addf(n, "policy definition without a name")
	}
	if slices.ContainsFunc(r.cfg.Policies, func(q *policy.Policy) bool { return q.Name == p.Name }) {
		r.addf(n, "policy %s is defined twice", p.Name)
	}
	r.isExport = slices.Contains(r.exported, p.Name)
	for i, s := range r.items(m["statements"]) {
		f := r.mapping(s, "name", "conditions", "actions")
		t := &policy.Term{Name: word(f["name"]), Pos: r.pos(s)}
		if t.Name == "" {
			t.Name = fmt.Sprintf("%s_stmt%d", p.Name, i)
		}
		t.From = r.conditions(f["conditions"])
		r.actions(f["actions"], t)
		p.Terms = append(p.Terms, t)
	}
	r.cfg.Policies = append(r.cfg.Policies, p)
}
