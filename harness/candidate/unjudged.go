package candidate

import (
	"cmp"
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
		was, is := b.texts[name].Root().Leaves(), texts[name].Root().Leaves()
		seen := map[string]bool{}
		for _, s := range append(missing(is, was), missing(was, is)...) {
			if what := b.outside(name, s.Words, used[name]); what != "" && !seen[what] {
				seen[what] = true
				out.Addf(s.Pos, "%s changes: closlab does not judge that", what)
			}
		}
	}
	slices.SortFunc(out, func(x, y place.Problem) int {
		return cmp.Or(strings.Compare(x.Pos.File, y.Pos.File), cmp.Compare(x.Pos.Line, y.Pos.Line), strings.Compare(x.Text, y.Text))
	})
	return slices.Compact(out) // a patch does the same to several files
}

// missing returns the statements of a that b does not have, or not as often, in order.
func missing(a, b []conf.Statement) []conf.Statement {
	count := map[string]int{}
	for _, s := range b {
		count[strings.Join(s.Words, " ")]++
	}
	var out []conf.Statement
	for _, s := range a {
		k := strings.Join(s.Words, " ")
		if count[k]--; count[k] < 0 {
			out = append(out, s)
		}
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
	case at(0) == "policy-options" && slices.Contains(words, "damping"):
		return "damping"
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
		if addr, _ := netip.ParseAddr(at(5)); !b.meets(file, addr) {
			return fmt.Sprintf("BGP neighbor %s, which is none of the fabric's,", at(5))
		}
		rest = rest[min(len(rest), 2):]
	}
	judged := []string{"import", "export", "type", "peer-as", "local-as", "multipath", "description"}
	if len(rest) == 0 || slices.Contains(judged, rest[0]) || rest[0] == "family" && len(rest) == 3 && rest[2] == "unicast" {
		return ""
	}
	if rest[0] != "family" {
		rest = rest[:1] // not its value, which may be a key
	}
	return "protocols bgp " + strings.Join(rest[:min(len(rest), 4)], " ")
}

// runsGroup reports whether a session is bound to the group of a file, by its name or by its neighbours.
func (b *Base) runsGroup(file, name string) bool {
	return slices.ContainsFunc(b.Fabric.Sessions, func(s *fabric.Session) bool {
		return slices.ContainsFunc(s.Binding[:], func(x *fabric.Binding) bool {
			return x != nil && x.File == file && x.In == "" && x.Out == "" && (x.Group == name || x.Group == "")
		})
	})
}

// meets reports whether a session that runs the file is with that address.
func (b *Base) meets(file string, addr netip.Addr) bool {
	fam := fabric.FamilyOf(addr)
	return slices.ContainsFunc(b.Fabric.Sessions, func(s *fabric.Session) bool {
		return s.Remote[fam] == addr && s.Binding[fam] != nil && s.Binding[fam].File == file
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
