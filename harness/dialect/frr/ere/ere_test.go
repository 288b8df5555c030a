package ere_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/dialect/frr/ere"
	"github.com/closlab/closlab/harness/policy"
)

// pathText is the text that FRR keeps of an AS path.
func pathText(path []uint32) string { return strings.Trim(fmt.Sprint(path), "[]") }

// setText is the text that FRR keeps of the communities of a kind.
func setText(s policy.Communities) string {
	var out []string
	for _, c := range s {
		text := c.Text()
		for name, known := range ere.Names {
			if known == c {
				text = name
			}
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

var (
	asns        = []uint32{0, 1, 7, 65, 650, 6500, 65000, 65001, 650001, 165001, 4294967295}
	communities = []policy.Community{policy.Std(0, 0), policy.Std(1, 1), policy.Std(65000, 1), policy.Std(65000, 11), policy.Std(65001, 1),
		policy.NoExport, policy.Blackhole, policy.NoAdvertise, policy.Std(65535, 65000)}
	larges = []policy.Community{{Kind: policy.Large, A: 65000, B: 1, C: 1}, {Kind: policy.Large, A: 65000, B: 1, C: 11}, {Kind: policy.Large, A: 1}}
)

// draw returns an expression of a few parts that meet each other often.
func draw(t *rapid.T, parts ...string) string {
	var b strings.Builder
	for range rapid.IntRange(1, 5).Draw(t, "parts") {
		b.WriteString(rapid.SampledFrom(parts).Draw(t, "part"))
	}
	return b.String()
}

func some[T any](t *rapid.T, from []T) []T {
	return rapid.SliceOfN(rapid.SampledFrom(from), 0, 4).Draw(t, "some")
}

func TestASPathsAgreeWithTheirText(t *testing.T) {
	t.Parallel()
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		text := draw(t, "_", "_", "^", "$", "65001", "6500[01]", "7", "0", ".", ".*", "[0-9]+", "( 65001)*", "(7|65001)", " ", "[^ ]", "{2}", "?", "1*", "(^7|1$)")
		e, err := ere.Parse(text)
		if err != nil {
			return
		}
		x, err := e.ASPath()
		if err != nil {
			refused++
			return
		}
		reference := regexp.MustCompilePOSIX(strings.ReplaceAll(text, "_", "(^|[,{}() ]|$)"))
		for range 20 {
			path := some(t, asns)
			require.Equal(t, reference.MatchString(pathText(path)), e.Matches(pathText(path)), "%q in %q", text, pathText(path))
			require.Equal(t, e.Matches(pathText(path)), x.Match(path), "%q in %q", text, pathText(path))
		}
	})
	t.Logf("%d refused", refused)
}

func TestCommunitiesAgreeWithTheirText(t *testing.T) {
	t.Parallel()
	for kind, from := range map[policy.CommunityKind][]policy.Community{policy.Standard: communities, policy.Large: larges} {
		t.Run(fmt.Sprint(kind), func(t *testing.T) {
			t.Parallel()
			modelled := 0
			rapid.Check(t, func(t *rapid.T) {
				e, err := ere.Parse(draw(t, "_", "_", "^", "$", "65000:1", "65000:", ":1", "1", ":", ".", ".*", "[0-9]+", "(no-export|65000:1)", "no-", "6500[01]", " ", "[^ ]*"))
				if err != nil {
					return
				}
				s, err := e.Communities(kind)
				if err != nil {
					return
				}
				modelled++
				for range 20 {
					set := policy.CommunitySet(some(t, from)...)
					got := len(set) == 0 && s.Empty || slices.ContainsFunc(set, func(c policy.Community) bool {
						return slices.ContainsFunc(s.Any, func(p policy.CommunityPattern) bool { return p.Covers(c) })
					})
					require.Equal(t, e.Matches(setText(set)), got, "%q in %q", e, setText(set))
				}
			})
			require.NotZero(t, modelled)
		})
	}
}

func TestFirstMatchDecidesEachCommunity(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var list []ere.Entry
		for range rapid.IntRange(1, 4).Draw(t, "entries") {
			if e, err := ere.Parse(draw(t, "_", "^", "$", "65000:1", ":1", "1", ".*", "no-export", "[0-9]")); err == nil {
				list = append(list, ere.Entry{Permit: rapid.Bool().Draw(t, "permit"), Expr: e})
			}
		}
		ps, err := ere.First(policy.Standard, list, "list")
		require.NoError(t, err)
		for _, c := range communities {
			want := false
			for _, e := range list {
				if e.Expr.Matches(setText(policy.Communities{c})) {
					want = e.Permit
					break
				}
			}
			require.Equal(t, want, slices.ContainsFunc(ps, func(p policy.CommunityPattern) bool { return p.Covers(c) }), "%s", c)
		}
	})
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a{,2}":       `write \{ for a brace`,
		"x{1001}":     "brace",
		`\d`:          "a backslash before anything but",
		`\`:           "a backslash before",
		"[_]":         "_ in a bracket",
		`[\.]`:        "a backslash in a bracket",
		"[0-9":        "a [ without ]",
		"[[:digit:":   "a [: without :]",
		"[[.a.]]":     "collating",
		"*1":          "* repeats nothing",
		"a|+":         "+ repeats nothing",
		"^*":          "* repeats nothing",
		"(1":          "missing closing )",
		"1)":          "unexpected )",
		"\x80":        "printable ASCII",
		"1(0|1){12}2": "more than 1000 states",
	} {
		_, err := ere.Parse(text)
		require.ErrorContains(t, err, want, text)
	}
	_, err := ere.Parse("[[:digit:]]+:[]0-9]")
	require.NoError(t, err)
	wide, err := ere.Parse("65001")
	require.NoError(t, err)
	_, err = wide.ASPath()
	require.ErrorContains(t, err, "write _ on both sides")
	for text, example := range map[string]string{"^65000:1$": " 65000:1", "_65000:1 65000:2_": "65000:1 65000:2", "^65000:[0-9]+( 65000:[0-9]+)*$": " "} {
		e, err := ere.Parse(text)
		require.NoError(t, err)
		_, err = e.Communities(policy.Standard)
		require.ErrorContains(t, err, "several communities together", text)
		require.ErrorContains(t, err, example)
	}
}

// What operators write must stay readable and small.
func TestCommonExpressions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"^$": {""}, "^65001$": {"65001"}, "_65001_": {"65001", "7 65001 7"}, "^65001_": {"65001", "65001 7"}, "_65001$": {"7 65001"},
		".*": {"", "7"}, "^(65001_)+$": {"65001", "65001 65001"}, "^[0-9]+$": {"7"}, "_6500[0-9]_": {"7 65009"},
		"^(6[45][0-9][0-9][0-9])( |$)": {"64512 7"}, "_(174|3356)_": {"3356"},
	} {
		e, err := ere.Parse(text)
		require.NoError(t, err, text)
		x, err := e.ASPath()
		require.NoError(t, err, text)
		for _, path := range want {
			var asns []uint32
			for _, f := range strings.Fields(path) {
				var asn uint32
				_, err := fmt.Sscan(f, &asn)
				require.NoError(t, err)
				asns = append(asns, asn)
			}
			require.True(t, x.Match(asns), "%s in %s", text, path)
		}
		require.Equal(t, text, x.String())
	}
}

func TestEverythingButAFew(t *testing.T) {
	t.Parallel()
	p, err := ere.Except(policy.Standard, policy.CommunitySet(policy.Std(65000, 1), policy.NoExport))
	require.NoError(t, err)
	for c, want := range map[policy.Community]bool{policy.Std(65000, 1): false, policy.NoExport: false, policy.Std(65000, 10): true,
		policy.Std(6500, 1): true, policy.NoAdvertise: true, larges[0]: false} {
		require.Equal(t, want, p.Covers(c), "%s", c)
	}
	all, err := ere.Except(policy.Large, nil)
	require.NoError(t, err)
	require.True(t, all.Covers(larges[2]))
	require.False(t, all.Covers(communities[0]))
}
