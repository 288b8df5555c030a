package frr

import (
	"fmt"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// variant is a route-map for one use and one state of the routes that enter it.
type variant struct {
	name  string
	use   Use
	enter state
}

// translator turns route-maps and lists into policies for one use.
type translator struct {
	cfg      *Config
	use      Use
	problems place.Problems
	calls    []string // route-maps under way
	seen     map[*reading]bool
}

func (c *Config) translator(use Use) *translator {
	return &translator{cfg: c, use: use, seen: map[*reading]bool{}}
}

func (t *translator) problem(m *routeMap, pos place.Pos, format string, args ...any) {
	t.problems.Addf(pos, "%s: %s", m, fmt.Sprintf(format, args...))
}

// judge takes over the problems of a definition, once.
func (t *translator) judge(r *reading) {
	if !t.seen[r] {
		t.seen[r] = true
		t.problems = append(t.problems, r.problems...)
	}
}

// lookup returns the list of that name, nil if there is none, and marks it as used.
func (t *translator) lookup(kind, name string, pos place.Pos) *list {
	k := key{kind, name}
	l := t.cfg.lists[k]
	if l != nil {
		l.Used = true
		if communityKinds[kind] != policy.Extended || kind == extendedList {
			l.matches(false) // what of it cannot be read shows
		}
		t.judge(&l.reading)
	}
	if !t.cfg.defined(k) {
		t.cfg.hint(pos, place.Warning, "undefined", "%s %s is not defined: nothing matches it", kind, name)
		return nil
	}
	return l
}

// policy returns the route-map as a policy that accepts or rejects every route. One that is not defined rejects all, and says so.
func (t *translator) policy(name string, pos place.Pos, enter state) *policy.Policy {
	m := t.cfg.maps[name]
	if m != nil {
		m.Used = true
		t.judge(&m.reading)
	}
	if !t.cfg.defined(key{routeMapObject, name}) {
		t.cfg.hint(pos, place.Warning, "undefined", "route-map %s is not defined: it denies every route", name)
		return &policy.Policy{Name: name, Pos: pos, Terms: []*policy.Term{{Name: "not defined", Pos: pos, Flow: policy.RejectRoute}}}
	}
	v := variant{name, t.use, enter}
	if p, ok := t.cfg.policies[v]; ok {
		return p
	}
	before := len(t.problems)
	t.calls = append(t.calls, name)
	p := t.terms(m, enter)
	t.calls = t.calls[:len(t.calls)-1]
	if len(t.problems) == before {
		t.cfg.policies[v] = p
		if t.cfg.shown[name] == nil {
			t.cfg.shown[name] = p
		}
	}
	return p
}

// hint records a finding of Lint, once.
func (c *Config) hint(pos place.Pos, sev place.Severity, rule, format string, args ...any) {
	if f := finding(pos, sev, rule, format, args...); !c.hinted[f] {
		c.hinted[f] = true
		c.hints = append(c.hints, f)
	}
}

func finding(pos place.Pos, sev place.Severity, rule, format string, args ...any) place.Finding {
	return place.Finding{Pos: pos, Severity: sev, Rule: rule, Text: fmt.Sprintf(format, args...)}
}
