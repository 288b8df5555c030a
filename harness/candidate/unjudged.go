package candidate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// unjudged returns what a candidate changes that closlab does not judge, ordered by file: statements outside routing policy, of
// sessions that the fabric does not have, and policies that no session of a changing node runs. A verdict that did not look at
// these cannot be Pass.
func (b *Base) unjudged(c *Candidate, texts map[string]*conf.Config) place.Problems {
	var out place.Problems
	used := c.policiesInUse(b)
	for _, name := range c.Files {
		was, is := statements(b.texts[name]), statements(texts[name])
		seen := map[string]bool{}
		note := func(s conf.Statement, how string) {
			what := b.outside(name, s.Words, used[name])
			if what != "" && !seen[what] {
				seen[what] = true
				out.Addf(s.Pos, "%s %s: closlab does not judge that", what, how)
			}
		}
		for text, s := range is {
			if old, there := was[text]; !there || old.count != s.count {
				note(s.Statement, "changes")
			}
		}
		for text, s := range was {
			if _, there := is[text]; !there {
				note(s.Statement, "changes")
			}
		}
	}
	slices.SortFunc(out, func(x, y place.Problem) int { return strings.Compare(x.Error(), y.Error()) })
	return out
}

// counted is a statement and how often it stands in a text.
type counted struct {
	conf.Statement
	count int
}

// statements returns the active statements of a text by their words.
func statements(c *conf.Config) map[string]counted {
	out := map[string]counted{}
	for _, s := range c.Root().Leaves() {
		k := strings.Join(s.Words, " ")
		out[k] = counted{s, out[k].count + 1}
	}
	return out
}

// outside names what a statement belongs to if closlab does not judge a change of it, and is "" if it does.
func (b *Base) outside(file string, words []string, policies map[string]bool) string {
	at := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	switch {
	case at(0) == "policy-options" && at(1) == "policy-statement" && !policies[at(2)]:
		return fmt.Sprintf("policy-statement %s, which no session of the fabric runs,", at(2))
	case at(0) == "policy-options":
		return ""
	case at(0) != "protocols" || at(1) != "bgp":
		return strings.Join(words[:min(len(words), 2)], " ")
	}
	rest := words[2:]
	if at(2) == "group" {
		if !b.runsGroup(file, at(3)) {
			return fmt.Sprintf("BGP group %s, which no session of the fabric runs,", at(3))
		}
		rest = words[min(len(words), 4):]
	}
	if len(rest) > 0 && rest[0] == "neighbor" {
		addr, _ := netip.ParseAddr(at(5))
		if !slices.ContainsFunc(b.Fabric.Sessions, func(s *fabric.Session) bool { return s.Remote[fabric.FamilyOf(addr)] == addr }) {
			return fmt.Sprintf("BGP neighbor %s, which is none of the fabric's,", at(5))
		}
		rest = rest[min(len(rest), 2):]
	}
	judged := []string{"import", "export", "type", "peer-as", "local-as", "family", "multipath", "description"}
	if len(rest) == 0 || slices.Contains(judged, rest[0]) {
		return ""
	}
	return "protocols bgp " + rest[0]
}

// runsGroup reports whether a session is bound to the group of a file, by its name or by its neighbours.
func (b *Base) runsGroup(file, name string) bool {
	return slices.ContainsFunc(b.Fabric.Sessions, func(s *fabric.Session) bool {
		return slices.ContainsFunc(s.Binding[:], func(x *fabric.Binding) bool {
			return x != nil && x.File == file && x.In == "" && x.Out == "" && (x.Group == name || x.Group == "")
		})
	})
}

// policiesInUse returns, by file, the policies that sessions of changing nodes run, before or after, subroutines included.
func (c *Candidate) policiesInUse(b *Base) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, f := range []*fabric.Fabric{b.Fabric, c.After} {
		for _, s := range f.Sessions {
			if !slices.Contains(c.Order, s.Node) {
				continue
			}
			for _, fam := range fabric.Families {
				if s.Binding[fam] == nil {
					continue
				}
				file := s.Binding[fam].File
				if out[file] == nil {
					out[file] = map[string]bool{}
				}
				for _, p := range append(s.In[fam].Policies(), s.Out[fam].Policies()...) {
					out[file][p.Name] = true
				}
			}
		}
	}
	return out
}
