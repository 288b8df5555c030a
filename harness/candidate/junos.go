package candidate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos"
	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// readJunos returns what a Junos text means.
func readJunos(c *conf.Config) (*Config, error) {
	j, err := junos.Read(c)
	if err != nil {
		return nil, err
	}
	out := &Config{Policies: j.Policies, Passed: j.Passed, Whole: string(c.Text()), PrependsAhead: true, lint: func() []place.Finding { return j.Lint() }}
	out.chain = func(dir policy.Direction, expression string) (policy.Chain, error) {
		if err := j.Everywhere.Err(); err != nil {
			return nil, err
		}
		if dir == policy.Import {
			return j.ImportChain(expression)
		}
		return j.Chain(expression)
	}
	add := func(s Session, t *junos.Settings) {
		s.Type, s.PeerAS, s.LocalAS, s.Families, s.In, s.Out = t.Type, t.PeerAS, t.LocalAS, t.Families, t.Import, t.Export
		for i, l := range t.Limits {
			s.Limit[i] = fabric.Limit{Routes: l.Routes, Rejected: l.Rejected}
		}
		s.Multipath, s.Problems = fmt.Sprint(t.Multipath, t.MultipleAS), t.Problems
		out.Sessions = append(out.Sessions, s)
	}
	for i := range j.Groups {
		g := &j.Groups[i]
		add(Session{Group: g.Name, Pos: g.Pos}, &g.Settings)
		for k := range g.Neighbors {
			n := &g.Neighbors[k]
			add(Session{Group: g.Name, Addr: n.Addr, Pos: n.Pos}, &n.Settings)
		}
	}
	return out, nil
}

// outsideJunos names what a Junos statement belongs to if closlab does not judge a change of it, and is "" if it does.
func (b *Base) outsideJunos(file string, words []string, policies map[string]bool) string {
	at := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	switch {
	case at(0) == "policy-options" && at(1) == "policy-statement" && !policies[at(2)]:
		return fmt.Sprintf("policy-statement %s, which no session of the fabric runs,", at(2))
	case at(0) == "policy-options" && slices.Contains(words, "damping"):
		return "damping"
	case at(0) == "policy-options" && slices.Contains([]string{"policy-statement", "prefix-list", "route-filter-list", "community", "as-path", "as-path-group", "condition"}, at(1)):
		return ""
	case at(0) != "protocols" || at(1) != "bgp":
		return first(words, 2)
	}
	rest := words[2:]
	if at(2) == "group" {
		if !b.runsGroup(file, at(3)) {
			return fmt.Sprintf("BGP group %s, which no session of the fabric runs,", at(3))
		}
		rest = words[min(len(words), 4):]
	}
	if len(rest) > 1 && rest[0] == "neighbor" {
		if !b.meets(file, rest[1]) {
			return fmt.Sprintf("BGP neighbor %s, which is none of the fabric's,", rest[1])
		}
		if slices.Contains([]string{"import", "export"}, strings.Join(rest[2:min(len(rest), 3)], "")) && b.overrules(file, rest[1]) {
			return fmt.Sprintf(besides, "BGP neighbor "+first(rest[1:], 2))
		}
		rest = rest[2:]
	}
	judged := []string{"neighbor", "import", "export", "type", "peer-as", "local-as", "multipath", "description"}
	if len(rest) == 0 || slices.Contains(judged, rest[0]) || rest[0] == "family" && len(rest) == 3 && rest[2] == "unicast" {
		return ""
	}
	if rest[0] != "family" {
		rest = rest[:1] // not its value, which may be a key
	}
	return "protocols bgp " + first(rest, 4)
}
