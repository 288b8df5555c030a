package conf

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Words that are keywords, names that look like keywords, and words that need quotes.
var anyWord = rapid.OneOf(
	rapid.SampledFrom([]string{"policy-options", "policy-statement", "term", "from", "then", "to", "import", "export",
		"policy", "community", "add", "accept", "reject", "prefix-list", "as-path", "protocols", "bgp", "group",
		"neighbor", "type", "local-as", "loops", "set", "deactivate", "inactive:", "delete:", "members", "<*>", "<ge-0/0/*>",
		"(", ")", "!", "&&", "||", "...", "", "a b", "10.0.0.0/8", "/*", "#", "\"", `\d`, "\n", "é", "\u00a0", "metric", "5"}),
	rapid.StringN(0, 4, 12).Filter(func(s string) bool { return !strings.ContainsRune(s, 0) && !strings.ContainsRune(s, '\ufeff') }),
)

// Whatever statements a configuration has, its text is read back as the same configuration.
func TestTextIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root := &item{}
		for range rapid.IntRange(0, 12).Draw(t, "statements") {
			path := lift(rapid.SliceOfN(anyWord, 1, 7).Draw(t, "path"))
			it := root.add(path, root.pos)
			it.inactive = rapid.Bool().Draw(t, "inactive")
			it.protect = rapid.Bool().Draw(t, "protect")
		}
		c := &Config{File: "r.conf", root: root}
		for _, text := range [][]byte{c.Text(), c.Set()} {
			again, err := read("r.conf", text)
			require.NoError(t, err, "%s", text)
			require.Equal(t, string(c.Set()), string(again.Set()), "%s", text)
		}
	})
}

func TestTextOfTags(t *testing.T) {
	c, err := Parse("r.conf", []byte("policy-options { replace: policy-statement A { inactive: protect: term B { then accept; } } delete: community C; }"))
	require.NoError(t, err)
	require.Equal(t, `policy-options {
    replace: policy-statement A {
        inactive: protect: term B {
            then accept;
        }
    }
    delete: community C;
}
`, string(c.Text()))
}
