package candidate

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// unjudged returns what a candidate changes that closlab does not judge, ordered by file: statements outside routing policy, of
// sessions that the fabric does not have, and policies that no session of a changing node runs. A verdict that did not look at
// these cannot be Pass.
func (b *Base) unjudged(c *Candidate, texts map[string]*text) place.Problems {
	var out place.Problems
	used := c.policiesInUse(b)
	for _, name := range c.Files {
		was, is := b.texts[name].statements(), texts[name].statements()
		seen := map[string]bool{}
		for _, s := range append(missing(is, was), missing(was, is)...) {
			if what := b.outside(texts[name], s.words, used[name]); what != "" && !seen[what] {
				seen[what] = true
				out.Addf(s.pos, "%s changes: closlab does not judge that", what)
			}
		}
	}
	for _, name := range c.Files {
		was, is := b.Configs[name].Passed, c.Configs[name].Passed
		for _, p := range append(idle(is, was), idle(was, is)...) {
			out.Addf(p.Pos, "%s changes: closlab does not judge that", p.Text)
		}
	}
	slices.SortFunc(out, func(x, y place.Problem) int {
		return cmp.Or(strings.Compare(x.Pos.File, y.Pos.File), cmp.Compare(x.Pos.Line, y.Pos.Line), strings.Compare(x.Text, y.Text))
	})
	return slices.Compact(out) // a patch does the same to several files
}

// idle returns what policies of a do and those of b do not that is no matter of routes, such as then class gold.
func idle(a, b []place.Problem) []place.Problem {
	return slices.DeleteFunc(slices.Clone(a), func(p place.Problem) bool {
		return !strings.HasPrefix(p.Text, "policy ") || slices.ContainsFunc(b, func(q place.Problem) bool { return q.Text == p.Text })
	})
}

// missing returns the statements of a that b does not have, or not as often, in order.
func missing(a, b []statement) []statement {
	count := map[string]int{}
	for _, s := range b {
		count[strings.Join(s.words, " ")]++
	}
	var out []statement
	for _, s := range a {
		k := strings.Join(s.words, " ")
		if count[k]--; count[k] < 0 {
			out = append(out, s)
		}
	}
	return out
}

// outside names what a statement belongs to if closlab does not judge a change of it, and is "" if it does.
func (b *Base) outside(t *text, words []string, policies map[string]bool) string {
	switch {
	case t.gobgp != nil:
		return b.outsideGoBGP(t.name, words, policies)
	case t.frr != nil:
		return b.outsideFRR(t.name, words, policies)
	case t.opaque:
		return "" // what comes of it is observed, all of it
	}
	return b.outsideJunos(t.name, words, policies)
}

// first returns the first words in one.
func first(words []string, count int) string {
	return strings.Join(words[:min(len(words), count)], " ")
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
func (b *Base) meets(file, address string) bool {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	fam := fabric.FamilyOf(addr)
	return slices.ContainsFunc(b.Fabric.Sessions, func(s *fabric.Session) bool {
		return s.Remote[fam] == addr && s.Binding[fam] != nil && s.Binding[fam].File == file
	})
}

// overrules reports whether the fabric itself names the policies of a session that runs the file, with that address if one is given: then
// it is not judged what the text says of them.
func (b *Base) overrules(file, address string) bool {
	addr, _ := netip.ParseAddr(address)
	return slices.ContainsFunc(b.Fabric.Sessions, func(s *fabric.Session) bool {
		return slices.ContainsFunc(fabric.Families[:], func(fam fabric.Family) bool {
			x := s.Binding[fam]
			return x != nil && x.File == file && x.In+x.Out != "" && (address == "" || s.Remote[fam] == addr)
		})
	})
}

// besides is what is said of statements of a text where the fabric names the policies.
const besides = "%s, where the fabric names the policies itself,"

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
