package policy_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/policy/random"
)

// What an expression matches besides the empty text, and nothing else, is what TextNotation matches.
func TestTextNotationLeavesTheEmptyTextOut(t *testing.T) {
	t.Parallel()
	a, b := policy.Text("a"), policy.Text("b")
	maybe := policy.Repeat(a, 0, 1)
	for text, n := range map[string]policy.Node{
		"()": policy.Seq(), "a": a, "a?": maybe, "a*": policy.Repeat(a, 0, -1), "a?b?": policy.Seq(maybe, policy.Repeat(b, 0, 1)), "a|": policy.Alt(a, policy.Seq()),
		"(a?b?){0,2}": policy.Repeat(policy.Seq(maybe, policy.Repeat(b, 0, 1)), 0, 2), "(a?){2,3}b*": policy.Seq(policy.Repeat(maybe, 2, 3), policy.Repeat(b, 0, -1)),
		"a?b": policy.Seq(maybe, b), "(a|b?)*": policy.Repeat(policy.Alt(a, policy.Repeat(b, 0, 1)), 0, -1), "a{0,0}": policy.Repeat(a, 0, 0), "none": policy.Alt(),
	} {
		r := random.Regex(text, n)
		re := regexp.MustCompile("^(?:" + r.TextNotation(func(lo, _ uint32) string { return string(rune(lo)) }) + ")$")
		require.False(t, re.MatchString(""), text)
		for _, s := range []string{"a", "b", "aa", "ab", "ba", "bb", "aab", "abb", "bab", "aaab", "abab", "bbb"} {
			require.Equal(t, r.MatchText([]byte(s)), re.MatchString(s), "%s and %s: %s", text, s, re)
		}
	}
}
