package junos

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Config is what a router's configuration means to closlab. It is never changed once read.
type Config struct {
	Policies    []*policy.Policy // those that can be read, in order of appearance
	Unread      []Unread         // what of policy-options cannot be read, in order of appearance
	Groups      []Group          // of protocols bgp, in order of appearance
	Definitions []Definition     // of policy-options, in order of appearance
	Passed      []place.Problem  // constructs passed over because they cannot change a decision or an attribute
	Everywhere  place.Problems   // for which no session can be judged; each of the groups and neighbors has them, too

	policies  map[string]*policy.Policy
	readings  map[key]*reading
	hints     []place.Finding       // what only the text shows, for Lint
	foreign   map[policy.Match]bool // conditions that hold for none of the model's routes
	elsewhere map[string]bool       // words of the sections passed over: a policy named there may be in use
}

// Definition is something that policy-options gives a name.
type Definition struct {
	Kind string // the statement: "policy-statement", "community", "prefix-list", ...
	Name string
	Pos  place.Pos
	Used bool // named by a policy, or by an import or export of protocols bgp
}

// Policy returns the policy statement of that name, if it can be read.
func (c *Config) Policy(name string) (*policy.Policy, bool) {
	p, ok := c.policies[name]
	return p, ok && !c.readings[key{"policy-statement", name}].unread
}

// Chain returns the chain that an import or export statement with these entries would
// evaluate; an entry is a policy's name or an expression such as "( A && !B )".
// The error names every policy that is not defined, and all that keeps a policy of the chain, or one that it calls,
// from being read.
func (c *Config) Chain(entries ...string) (policy.Chain, error) {
	r := &reader{cfg: c}
	chain := policy.Chain{}
	for _, e := range entries {
		chain = append(chain, r.expressions(place.Pos{}, e)...)
	}
	return chain, append(r.refused, r.ps...).Err()
}

// ImportChain is Chain for an import statement, where a chain that matches a condition is refused: see refuseConditions.
func (c *Config) ImportChain(entries ...string) (policy.Chain, error) {
	chain, err := c.Chain(entries...)
	if err != nil {
		return nil, err
	}
	r := &reader{cfg: c}
	r.refuseConditions(place.Pos{}, chain)
	return chain, r.ps.Err()
}

// Read returns what the configuration means. The error is a place.Problems with all that keeps Junos from taking it: every name that
// is not defined, every circle of policies, and what is wrong in protocols bgp. What could change a decision and is not modelled stops
// only the sessions that have it or run it: see Settings.Problems and Config.Unread.
func Read(c *conf.Config) (*Config, error) {
	r := &reader{
		root: c.Root(),
		cfg: &Config{
			policies: map[string]*policy.Policy{}, readings: map[key]*reading{},
			foreign: map[policy.Match]bool{}, elsewhere: map[string]bool{},
		},
		index: map[key]int{},
	}
	r.names(r.root.Child("policy-options"))
	r.names(r.root.Get("protocols", "bgp", "group"))
	r.policyOptions()
	for _, section := range r.root.Children {
		switch section.Word {
		case "policy-options":
		case "protocols":
			for _, protocol := range section.Children {
				if protocol.Word == "bgp" {
					r.bgp(protocol)
				} else {
					r.passSection(protocol, "protocols "+protocol.Word)
				}
			}
		case "routing-options":
			for _, option := range section.Children {
				r.passSection(option, "routing-options "+option.Word)
			}
		default:
			r.passSection(section, section.Word)
			if full := abbreviated(section.Word, "policy-options", "protocols", "routing-options"); full != "" {
				r.refuse(section.Pos, "%s: write %s in full", section.Word, full)
			} else if !sections[section.Word] {
				r.hint(section.Pos, place.Warning, "unknown-section", "%s is no section that closlab knows: what it says is not read", section.Word)
			}
		}
	}
	if err := append(r.ps, r.refused...).Err(); err != nil {
		return nil, err
	}
	return r.cfg, nil
}

// abbreviated returns the keyword that a word is the beginning of, as the command line takes it; "" if it is of none.
func abbreviated(word string, keywords ...string) string {
	for _, k := range keywords {
		if len(word) > 1 && word != k && strings.HasPrefix(k, word) {
			return k
		}
	}
	return ""
}

// reader collects a Config and everything wrong with it.
type reader struct {
	root  *conf.Node
	cfg   *Config
	index map[key]int // place in Definitions
	where string      // what is being read, for messages: "policy A term B"
	now   *reading    // of the definition being read; nil in protocols bgp
	ps    place.Problems
	ownAS uint32 // 0 if not said

	refused place.Problems // what stops the whole configuration

	communities  map[string]*community
	asPaths      map[string]*policy.ASPathDef
	asPathGroups map[string]*policy.ASPathDef
	prefixLists  map[string]*prefixList
	filterLists  map[string][]filter
	conditions   map[string]*policy.MatchCondition
}

// problem adds a problem with what is being read in front of it.
func (r *reader) problem(pos place.Pos, format string, args ...any) {
	r.ps.Addf(pos, "%s", r.here(fmt.Sprintf(format, args...)))
}

// refuse adds a problem that keeps Junos from taking the configuration as a whole, whoever uses what is being read.
func (r *reader) refuse(pos place.Pos, format string, args ...any) {
	r.refused.Addf(pos, "%s", r.here(fmt.Sprintf(format, args...)))
}

// here puts what is being read in front of a text.
func (r *reader) here(text string) string {
	if r.where == "" {
		return text
	}
	return r.where + ": " + text
}

// pass records a construct that cannot change a decision or an attribute.
func (r *reader) pass(pos place.Pos, what string) {
	r.cfg.Passed = append(r.cfg.Passed, place.Problem{Pos: pos, Text: r.here(what)})
}

// passSection records a whole section and remembers its words.
func (r *reader) passSection(n *conf.Node, what string) {
	r.pass(n.Pos, what)
	for _, s := range n.Leaves() {
		for _, w := range s.Words {
			r.cfg.elsewhere[w] = true
		}
	}
}

// maxWord is the longest name and the longest regular expression that is read, in bytes.
const maxWord = 1024

// names refuses words that could not be shown in one line as they are: messages and verdicts repeat them.
func (r *reader) names(n *conf.Node) {
	for _, c := range children(n) {
		switch {
		case len(c.Word) > maxWord:
			r.problem(c.Pos, "a word of %d letters: the longest that is read has %d", len(c.Word), maxWord)
		case strings.ContainsFunc(c.Word, unicode.IsControl):
			r.problem(c.Pos, "%q has control characters", c.Word)
		case c.Word != "description":
			r.names(c)
		}
	}
}

// define records a definition.
func (r *reader) define(kind string, n *conf.Node) {
	k := key{kind, n.Word}
	if _, ok := r.index[k]; !ok {
		r.index[k] = len(r.cfg.Definitions)
		r.cfg.Definitions = append(r.cfg.Definitions, Definition{Kind: kind, Name: n.Word, Pos: n.Pos})
	}
}

// lookup returns the definition that a statement at pos names, and marks it as used.
func lookup[T any](r *reader, pos place.Pos, kind, name string, in map[string]T) (T, bool) {
	v, ok := in[name]
	if !ok {
		r.refuse(pos, "%s %s is not defined: define it under policy-options or mend the name", kind, name)
	} else if i, ok := r.index[key{kind, name}]; ok {
		r.cfg.Definitions[i].Used = true
	}
	r.use(key{kind, name})
	return v, ok
}

// hint records a finding of Lint about what is being read.
func (r *reader) hint(pos place.Pos, sev place.Severity, rule, format string, args ...any) {
	r.cfg.hints = append(r.cfg.hints, place.Finding{Pos: pos, Severity: sev, Rule: rule, Text: r.here(fmt.Sprintf(format, args...))})
}
