package junos

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/policy"
)

func asns(as ...uint32) []uint32 { return as }

func TestASPathRegex(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		text    string
		yes, no [][]uint32
	}{
		{"65000", [][]uint32{asns(65000)}, [][]uint32{nil, asns(65000, 1), asns(6500)}},
		{"^65000$", [][]uint32{asns(65000)}, [][]uint32{asns(1, 65000)}},
		{"()", [][]uint32{nil}, [][]uint32{asns(1)}},
		{"^()$", [][]uint32{nil}, [][]uint32{asns(1)}},
		{".*", [][]uint32{nil, asns(1), asns(1, 2, 3)}, nil},
		{".", [][]uint32{asns(7)}, [][]uint32{nil, asns(7, 7)}},
		{"65000 .*", [][]uint32{asns(65000), asns(65000, 1, 2)}, [][]uint32{asns(1, 65000)}},
		{".* 65000 .*", [][]uint32{asns(65000), asns(1, 65000, 2)}, [][]uint32{asns(1, 2)}},
		{".* 64512-65535 .*", [][]uint32{asns(64512), asns(1, 65535)}, [][]uint32{asns(64511, 65536)}},
		{"[64512-65535]+", [][]uint32{asns(64512, 65000)}, [][]uint32{nil, asns(64512, 1)}},
		{"[1 5-7]", [][]uint32{asns(1), asns(6)}, [][]uint32{asns(2)}},
		{"1 (2 | 3) 4", [][]uint32{asns(1, 2, 4), asns(1, 3, 4)}, [][]uint32{asns(1, 4)}},
		{"(1 2)|(3 4)", [][]uint32{asns(1, 2), asns(3, 4)}, [][]uint32{asns(1, 4), asns(1, 2, 4)}},
		{"1|2", [][]uint32{asns(1), asns(2)}, [][]uint32{asns(1, 2)}},
		{"1{2}", [][]uint32{asns(1, 1)}, [][]uint32{asns(1), asns(1, 1, 1)}},
		{"1{2,} 3?", [][]uint32{asns(1, 1), asns(1, 1, 1, 3)}, [][]uint32{asns(1, 3)}},
		{"1{0,2}", [][]uint32{nil, asns(1), asns(1, 1)}, [][]uint32{asns(1, 1, 1)}},
		{"(1 2)*", [][]uint32{nil, asns(1, 2, 1, 2)}, [][]uint32{asns(1, 2, 1)}},
		{".{3}", [][]uint32{asns(1, 2, 3)}, [][]uint32{asns(1, 2)}},
		{"4200000000 4294967295", [][]uint32{asns(4200000000, 4294967295)}, nil},
	} {
		t.Run(x.text, func(t *testing.T) {
			t.Parallel()
			r, err := asPathRegex(x.text)
			require.NoError(t, err)
			for _, p := range x.yes {
				require.True(t, r.Match(p), "should match %v", p)
			}
			for _, p := range x.no {
				require.False(t, r.Match(p), "should not match %v", p)
			}
		})
	}
}

func TestASPathRegexRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                         "a term is missing",
		"1 2|3":                    "put parentheses around each side of |",
		"1 *":                      `'*' is no AS number`,
		"!65000":                   `'!' is no AS number`,
		"1.10":                     "plain number",
		"(1":                       "want )",
		"1)":                       "unexpected ')'",
		"[":                        "want a number",
		"[]":                       "matches no AS number",
		"9-1":                      "empty",
		"1{2,1}":                   "repeats nothing",
		"1{0}":                     "repeats nothing",
		"1{99999}":                 "want a number up to",
		"4294967296":               "want a number up to",
		"1|":                       "a term is missing",
		"()|1 2":                   "put parentheses",
		"(.{4000}){4000}":          "larger than",
		"^^1":                      `'^' is no AS number`,
		strings.Repeat("(", 1_000): "parentheses deep",
	} {
		_, err := asPathRegex(text)
		require.ErrorContains(t, err, want, text)
	}
}

func TestCommunityMember(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ text, yes, no string }{
		{"64500:1", "64500:1", "64500:10 64500:11 large:64500:1:1"},
		{"no-export", "65535:65281", "65535:65282"},
		{"llgr-stale", "65535:6", "65535:7"},
		{"large:64500:1:2", "large:64500:1:2", "64500:1"},
		{"target:64500:1", "target:64500:1", "origin:64500:1 64500:1"},
		{"target:100000L:130", "target4:100000:130", "target:64500:130"},
		{"target:64500L:130", "target4:64500:130", "target:64500:130"},
		{"target:100000:.*", "target4:100000:7", "target:64500:7"},
		{"target:*:100", "target:1:100 target4:100000:100 target-ip:1:100", "target:1:10 origin:1:100"},
		{"65000:672277L:36867", "0xffe8:672277:36867", "0xfde8:672277:36867"}, // as routers print it
		{"color:0:100", "0x030b:0:100", "0x030b:0:10"},
		{"transport-target:0:4000", "0x0a02:0:4000", "target:0:4000"},
		{"rt-import:10.0.0.1:5", "0x010b:167772161:5", "target-ip:167772161:5"},
		{"origin:10.1.1.1:20", "origin-ip:167837953:20", "origin:10:20"},
		{"64500:*", "64500:1 64500:65535", "6450:1 large:64500:1:1"},
		{"*:1", "1:1 64500:1 64500:1234", "1:2"}, // no $: also 1234
		{"^*:1$", "1:1 64500:1", "64500:1234"},
		{"*:*", "0:0 65535:65535 target:1:1 large:1:2:3 0x030c:0:8", ""},
		{"^.*:.*$", "0:0 65535:65281 origin:1:1 large:1:2:3", ""},
		{"123:4.", "123:45 5123:45 123:456", "123:4 124:45"}, // no anchors
		{"^123:4.$", "123:45", "5123:45 123:456"},
		{"^((56)|(78)):(.*)$", "56:1000 78:65000", "567:1 55:1"},
		{"^((56) | (78)):(2.*[2-8])$", "56:22 56:21197 78:2678", "56:2 56:21199"},
		{"^(.*):(.*[579])$", "1234:5 78:2357 34:65009", "1234:4"},
		{"^1111:50.0$", "1111:5000 1111:5090", "1111:50"},
		{"^1:1$|^2:2$", "1:1 2:2", "1:2 11:1"},
		{"^64500:[^0].*$", "64500:1 64500:100", "64500:0"},
		{"^64500:1{2,3}$", "64500:11 64500:111", "64500:1 64500:1111"},
		{"large:64500:*:*", "large:64500:1:1", "64500:1"},
		{"^large:64500:1:.$", "large:64500:1:7", "large:64500:1:77 large:1:64500:1"},
		{"target:64500:.*", "target:64500:1", "target:64501:1 64500:1"},
	} {
		t.Run(x.text, func(t *testing.T) {
			t.Parallel()
			m, err := communityMember(x.text)
			require.NoError(t, err)
			for _, s := range strings.Fields(x.yes) {
				c, err := policy.ParseCommunity(s)
				require.NoError(t, err)
				require.True(t, covers(m, c), "should match %s", s)
			}
			for _, s := range strings.Fields(x.no) {
				c, err := policy.ParseCommunity(s)
				require.NoError(t, err)
				require.False(t, covers(m, c), "should not match %s", s)
			}
		})
	}
}

// covers reports whether one of the alternatives matches c.
func covers(alternatives []policy.CommunityPattern, c policy.Community) bool {
	return slices.ContainsFunc(alternatives, func(m policy.CommunityPattern) bool { return m.Covers(c) })
}

func TestCommunityMemberRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"70000:1":              "want as:value",
		"nonsense":             "want as:value",
		"target:1:2:3":         "want as:value",
		"target:1.1.1.1:99999": "want a type such as target",
		"target:1.*:100":       "list the members",
		"1:2**":                "nothing to repeat",
		"(1:2":                 "want )",
		"1:[":                  "up to ]",
		"1:[9-1]":              "empty",
		"1:[[.1.]]":            "up to ]",
		"1:(^2)":               "ends of an alternative",
		"^1:2$3":               "after $",
		"(large|1):.*":         "letters in an expression",
		`1:\:2.`:               "unexpected",
		"1:2|":                 "a term is missing",
	} {
		_, err := communityMember(text)
		require.ErrorContains(t, err, want, text)
	}
}

// A random expression over the AS numbers 1 to 3 decides as Go's own engine does on the path written out.
func TestASPathRegexAgreesWithGo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		junos, golang := drawASPathRegex(t, 3)
		r, err := asPathRegex(junos)
		require.NoError(t, err, junos)
		want := regexp.MustCompile("^(?:" + golang + ")$")
		for range 10 {
			p := rapid.SliceOfN(rapid.Uint32Range(1, 3), 0, 6).Draw(t, "path")
			text := ""
			for _, as := range p {
				text += fmt.Sprint(as) + " "
			}
			require.Equal(t, want.MatchString(text), r.Match(p), "%s on %v", junos, p)
		}
	})
}

// drawASPathRegex returns one expression in both languages; in Go's, each AS number is followed by a space.
func drawASPathRegex(t *rapid.T, depth int) (junos, golang string) {
	kinds := []string{"number", "any", "range"}
	if depth > 0 {
		kinds = append(kinds, "sequence", "or", "repeat")
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "number":
		n := rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "number")
		return n, "(?:" + n + " )"
	case "any":
		return ".", "(?:[0-9] )"
	case "range":
		return "[2-3]", "(?:[2-3] )"
	case "repeat":
		j, g := drawASPathRegex(t, depth-1)
		op := rapid.SampledFrom([]string{"*", "+", "?", "{2}", "{1,}", "{0,2}"}).Draw(t, "operator")
		return "(" + j + ")" + op, "(?:" + g + ")" + op
	case "or":
		a, ga := drawASPathRegex(t, depth-1)
		b, gb := drawASPathRegex(t, depth-1)
		return "((" + a + ") | (" + b + "))", "(?:" + ga + "|" + gb + ")"
	}
	a, ga := drawASPathRegex(t, depth-1)
	b, gb := drawASPathRegex(t, depth-1)
	return a + " " + b, ga + gb
}

// A random community expression decides as Go's engine does, which also searches and reads the same operators.
func TestCommunityRegexAgreesWithGo(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom([]string{"1", "2", "12", ".", "1*", "2+", "[12]", "[^1]", "(1|2)", "(12)?", "1{2}", ".*"})
	half := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(piece, 1, 3).Draw(t, "pieces"), "") })
	number := rapid.SampledFrom([]uint16{1, 2, 11, 12, 21, 22, 112, 121, 1212, 3})
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"", "^"}).Draw(t, "front") + half.Draw(t, "as") + ":" + half.Draw(t, "value") + rapid.SampledFrom([]string{"", "$"}).Draw(t, "end")
		m, err := communityMember(text)
		require.NoError(t, err, text)
		if m[0].Regex == nil {
			return
		}
		want := regexp.MustCompile(text)
		for range 10 {
			c := policy.Std(number.Draw(t, "a"), number.Draw(t, "b"))
			require.Equal(t, want.MatchString(c.Text()), m[0].Covers(c), "%s on %s", text, c)
		}
	})
}
