package conf

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// policy returns a policy of these terms.
func policyOf(terms []string) string {
	return "policy-options { policy-statement P { term " + strings.Join(terms, "; term ") + "; } }"
}

// order returns the names of the terms of P.
func order(c *Config) []string {
	var names []string
	for _, n := range c.Root().Get("policy-options", "policy-statement", "P", "term").Children {
		names = append(names, n.Word)
	}
	return names
}

var someTerms = rapid.SliceOfNDistinct(rapid.SampledFrom(strings.Split("abcdefghijklmn", "")), 2, 14, rapid.ID)

// Whatever new order show | compare lists in full comes out as listed.
func TestListedOrderIsTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := someTerms.Draw(t, "terms")
		want := rapid.Permutation(terms).Draw(t, "want")
		before, err := Parse("r.conf", []byte(policyOf(terms)))
		require.NoError(t, err)
		p, err := ParsePatch("p", []byte("[edit policy-options policy-statement P]\n! term "+strings.Join(want, ";\n! term ")+";"))
		require.NoError(t, err)
		after, err := p.Apply(before)
		require.NoError(t, err)
		require.Equal(t, want, order(after))
	})
}

// Where one term moves and the patch shows it between its new neighbours, all others keep their order.
func TestOneTermMoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := someTerms.Draw(t, "terms")
		from := rapid.IntRange(0, len(terms)-1).Draw(t, "from")
		rest := slices.Delete(slices.Clone(terms), from, from+1)
		to := rapid.IntRange(0, len(rest)).Draw(t, "to")
		want := slices.Insert(slices.Clone(rest), to, terms[from])
		patch := "[edit policy-options policy-statement P]\n"
		if to > 0 {
			patch += "  term " + rest[to-1] + " { ... }\n"
		}
		patch += "! term " + terms[from] + " { ... }\n"
		if to < len(rest) {
			patch += "  term " + rest[to] + " { ... }\n"
		}
		before, err := Parse("r.conf", []byte(policyOf(terms)))
		require.NoError(t, err)
		p, err := ParsePatch("p", []byte(patch))
		require.NoError(t, err)
		after, err := p.Apply(before)
		require.NoError(t, err, patch)
		require.Equal(t, want, order(after), patch)
	})
}

// Whatever lines are applied, the configuration they are applied to stays as it is, and the result is
// one that can be written and read.
func TestEditsKeepTheTreeWhole(t *testing.T) {
	path := rapid.SampledFrom([]string{"policy-options policy-statement P", "policy-options policy-statement P term a",
		"policy-options policy-statement P term b", "policy-options policy-statement P term a then community add X",
		"policy-options policy-statement P term a then metric 1", "policy-options policy-statement P term a then metric 2",
		"policy-options policy-statement P term a then community", "policy-options policy-statement P term a from",
		"policy-options policy-statement Q", "policy-options prefix-list L 10.0.0.0/8", "protocols bgp group G type internal",
		"protocols bgp group G type external", "protocols bgp group G export A", "protocols bgp group G export B", "protocols bgp"})
	last := rapid.SampledFrom([]string{"a", "b", "c", "term b", "policy-statement R", "B", "community add Y"})
	command := rapid.Custom(func(t *rapid.T) string {
		p, q := path.Draw(t, "path"), last.Draw(t, "last")
		verb := rapid.SampledFrom([]string{"set %s", "set %s", "set %s", "delete %s", "deactivate %s", "activate %s",
			"insert %s before %s", "insert %s after %s", "rename %s to %s", "copy %s to %s", "protect %s", "unprotect %s"}).Draw(t, "verb")
		if strings.Count(verb, "%s") == 1 {
			return fmt.Sprintf(verb, p)
		}
		return fmt.Sprintf(verb, p, q)
	})
	rapid.Check(t, func(t *rapid.T) {
		c := &Config{File: "r.conf", root: &item{}}
		for _, line := range rapid.SliceOfN(command, 1, 20).Draw(t, "lines") {
			before := string(c.Text())
			p, err := ParsePatch("p", []byte(line))
			if err != nil {
				continue
			}
			after, err := p.Apply(c)
			require.Equal(t, before, string(c.Text()), line)
			if err != nil {
				continue
			}
			c = after
			sound(t, c.root)
			again, err := Parse("r.conf", c.Text())
			require.NoError(t, err, "%s", c.Text())
			require.Equal(t, string(c.Set()), string(again.Set()), "%s\n%s", line, c.Text())
		}
	})
}

// sound checks the links, the counts and the kinds of it and all below it.
func sound(t *rapid.T, it *item) {
	n := 0
	var prev *item
	for c := it.first; c != nil; prev, c = c, c.next {
		n++
		require.Same(t, it, c.parent)
		require.True(t, c.prev == prev)
		require.Same(t, c, it.child(c.words...))
		name, stmts := c.name, c.whole
		c.shape()
		require.Equal(t, []bool{name, stmts}, []bool{c.name, c.whole})
		sound(t, c)
	}
	require.True(t, it.last == prev)
	require.Equal(t, n, it.n)
}
