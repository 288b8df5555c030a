package gobgp

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Config is what a GoBGP configuration means to closlab. It is never changed once read.
type Config struct {
	Policies  []*policy.Policy // those that can be read, as an import runs them, in order of appearance
	Neighbors []Neighbor       // in order of appearance, what groups say before what their neighbours do
	Passed    place.Problems   // what was passed over because it cannot change a decision

	reader *reader
}

// Read returns what the configuration means. The error is a place.Problems with all that GoBGP itself would refuse or misread, and all
// that is not modelled and could change a decision in what concerns all sessions and in the policies of the global
// apply-policy. The same of one neighbour is in Neighbor.Problems, and in any other policy it stops only who names that: see Chain.
func Read(t *Text) (*Config, error) {
	r := &reader{file: t.File, sets: map[setKey]*set{}, definitions: map[string]*definition{}, cfg: &Config{}}
	r.cfg.reader = r
	top := r.mapping(t.root)
	if as := r.config(top["global"])["as"]; as != nil {
		r.asn = r.number(as, 1)
	}
	r.definedSets(top["defined-sets"])
	r.policyDefinitions(top["policy-definitions"])
	r.bgp(top)
	for name, n := range top {
		if !slices.Contains([]string{"defined-sets", "policy-definitions", "global", "neighbors", "peer-groups", "zebra"}, name) {
			r.pass(n, name)
		}
	}
	for _, dir := range []policy.Direction{policy.Import, policy.Export} {
		_, err := r.cfg.Chain(dir)
		r.ps.Add(place.Pos{File: t.File}, err)
	}
	if err := r.ps.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(r.cfg.Passed, func(a, b place.Problem) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Text, b.Text))
	})
	for _, d := range r.inOrder {
		if p := r.reading(d, policy.Import); len(p.problems) == 0 {
			r.cfg.Policies = append(r.cfg.Policies, p.policy)
		}
	}
	return r.cfg, nil
}

// Chain returns what GoBGP evaluates in a direction if these policies are assigned to it; with no names, those of the global
// apply-policy. Behind them comes GoBGP's default, as a policy of its own, and ahead of an export what keeps routes inside that
// GoBGP does not have: those of the router that BGP itself does not announce. The error names every policy that is not defined and all
// that is not modelled in those that are.
func (c *Config) Chain(dir policy.Direction, names ...string) (policy.Chain, error) {
	var ps place.Problems
	apply := c.reader.apply[dir]
	if len(names) == 0 {
		names = apply.names
	}
	chain := policy.Chain{}
	if dir == policy.Export {
		chain = append(chain, policy.Expr{Policy: notInBGP})
	}
	for i, name := range names {
		d := c.reader.definitions[name]
		switch {
		case d == nil:
			ps.Addf(apply.pos, "%s policy %s is not defined: add it to policy-definitions or mend the name", dir, name)
		case slices.Contains(names[:i], name):
			ps.Addf(apply.pos, "%s policy %s is there twice: GoBGP takes neither then", dir, name)
		default:
			p := c.reader.reading(d, dir)
			ps = append(ps, p.problems...)
			chain = append(chain, policy.Expr{Policy: p.policy})
		}
	}
	if err := ps.Err(); err != nil {
		return nil, err
	}
	return append(chain, policy.Expr{Policy: apply.otherwise}), nil
}

// notInBGP is what no GoBGP has unless it is told: the router's routes of other protocols than BGP.
var notInBGP = &policy.Policy{Name: "not-in-bgp", Terms: []*policy.Term{{Name: "of-the-router-itself", Flow: policy.RejectRoute,
	From: []policy.Match{&policy.MatchProtocol{AnyOf: []policy.Protocol{policy.Static, policy.Direct, policy.Local, policy.Aggregate}}}}}}

// assignment is a direction of the global apply-policy.
type assignment struct {
	names     []string
	pos       place.Pos
	otherwise *policy.Policy // the default, made explicit
}

// reader collects a Config and everything wrong with it.
type reader struct {
	file        string
	cfg         *Config
	asn         uint32 // the router's own; 0 if not said
	sets        map[setKey]*set
	definitions map[string]*definition
	inOrder     []*definition
	apply       [2]assignment // by policy.Direction
	hints       []place.Finding

	ps       place.Problems  // of the configuration as a whole
	now      *place.Problems // of the policy or set that is being read; nil outside
	where    string          // what is being read, for messages: "policy A statement B"
	exported bool            // the policy that is being read is one of an export
}

// addf notes that something is not modelled, or wrong in a way that concerns only who uses it.
func (r *reader) addf(n *node, format string, args ...any) {
	to := &r.ps
	if r.now != nil {
		to = r.now
	}
	to.Addf(r.pos(n), "%s", r.here(fmt.Sprintf(format, args...)))
}

// refuse notes what makes GoBGP take no policy of the configuration at all.
func (r *reader) refuse(n *node, format string, args ...any) {
	r.ps.Addf(r.pos(n), "%s", r.here(fmt.Sprintf(format, args...)))
}

func (r *reader) here(text string) string {
	if r.where == "" {
		return text
	}
	return r.where + ": " + text
}

// pass notes what cannot change a decision or an attribute.
func (r *reader) pass(n *node, what string) {
	r.cfg.Passed = append(r.cfg.Passed, place.Problem{Pos: r.pos(n), Text: what})
}

// hint notes what GoBGP takes and a person should look at.
func (r *reader) hint(n *node, sev place.Severity, rule, format string, args ...any) {
	r.hints = append(r.hints, place.Finding{Pos: r.pos(n), Severity: sev, Rule: rule, Text: r.here(fmt.Sprintf(format, args...))})
}
