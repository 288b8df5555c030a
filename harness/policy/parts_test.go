package policy

import (
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The parts of the comparison, each against the plain way to compute the same.

var corners = []uint32{0, 1, 2, 99, 100, 101, math.MaxUint32 - 100, math.MaxUint32 - 1, math.MaxUint32}

func TestClampIsWhatTheActionsDo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.SampledFrom(corners), rapid.Uint32())
		random := func() (clamp, func(uint32) uint32) {
			f, actions := unchanged, []*SetNumber{}
			for range rapid.IntRange(0, 4).Draw(t, "actions") {
				a := &SetNumber{Arith: Arith(rapid.IntRange(0, 2).Draw(t, "arith")), Value: number.Draw(t, "value")}
				f, actions = f.then(a), append(actions, a)
			}
			return f, func(x uint32) uint32 {
				r := Route{LocalPref: x}
				for _, a := range actions {
					a.apply(&r)
				}
				return r.LocalPref
			}
		}
		f, byAction := random()
		g, _ := random()
		lo, hi := number.Draw(t, "lo"), number.Draw(t, "hi")
		in, some := f.preimage(lo, hi)
		equal := f.equal(g)
		samples := append(slices.Clone(corners), number.Draw(t, "x"), in.lo, in.hi, in.lo-1, in.hi+1)
		for _, e := range equal {
			samples = append(samples, e.lo, e.hi, e.lo-1, e.hi+1)
		}
		for _, x := range samples {
			require.Equal(t, byAction(x), f.at(x))
			require.Equal(t, lo <= f.at(x) && f.at(x) <= hi, some && in.lo <= x && x <= in.hi)
			require.Equal(t, f.at(x) == g.at(x), slices.ContainsFunc(equal, func(e interval) bool { return e.lo <= x && x <= e.hi }))
		}
	})
}

// Cells divide all prefixes, and their matches are those that MatchPrefix.Matches gives.
func TestCellsAgreeWithMatches(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.Custom(func(t *rapid.T) netip.Prefix {
			a := netip.AddrFrom4([4]byte{10, byte(rapid.IntRange(0, 3).Draw(t, "b")), byte(rapid.SampledFrom([]int{0, 1, 128}).Draw(t, "c"))})
			return netip.PrefixFrom(a, rapid.SampledFrom([]int{0, 7, 8, 9, 14, 15, 16, 17, 24, 31, 32}).Draw(t, "bits")).Masked()
		})
		between := func(p netip.Prefix) PrefixRange {
			lo := rapid.IntRange(p.Bits(), 32).Draw(t, "lo")
			return PrefixRange{p, lo, rapid.IntRange(lo, 32).Draw(t, "hi")}
		}
		var table prefixTable
		table.ids = map[*MatchPrefix]int32{}
		var all []*MatchPrefix
		for range rapid.IntRange(1, 3).Draw(t, "matches") {
			var any []PrefixRange
			var longest []RouteFilter
			for range rapid.IntRange(0, 3).Draw(t, "any") {
				any = append(any, between(prefix.Draw(t, "p")))
			}
			for range rapid.IntRange(0, 4).Draw(t, "longest") {
				p := prefix.Draw(t, "p")
				f := RouteFilter{Base: p, Ranges: []PrefixRange{between(p)}, Skip: rapid.Bool().Draw(t, "skip")}
				if rapid.IntRange(0, 3).Draw(t, "mask") == 0 {
					f.Mask = netip.AddrFrom4([4]byte{255, byte(rapid.SampledFrom([]int{252, 254, 255}).Draw(t, "m")), 255, 255})
				}
				longest = append(longest, f)
			}
			m := NewMatchPrefix(nil, any, longest)
			all = append(all, m)
			table.number(m)
		}
		groups := table.groups()
		check := func(p netip.Prefix, matches []int32) {
			for _, m := range all {
				require.Equal(t, m.Matches(p), slices.Contains(matches, table.ids[m]), "%s %s", p, m.Definition())
			}
		}
		for _, g := range groups {
			for _, c := range g.cells {
				check(c.witness, g.matches)
			}
		}
		for range 100 {
			p, in, deepest := prefix.Draw(t, "probe"), -1, -1
			for i, g := range groups {
				for _, c := range g.cells {
					if c.base.Bits() > deepest && c.lo <= p.Bits() && p.Bits() <= c.hi && c.base.Contains(p.Addr()) {
						in, deepest = i, c.base.Bits()
					}
				}
			}
			require.GreaterOrEqual(t, in, 0, "no cell holds %s", p)
			check(p, groups[in].matches)
		}
	})
}

// node draws a regular expression in this package's form and in that of the standard library.
func node(t *rapid.T, depth int, symbols string) (Node, string) {
	op := rapid.IntRange(0, 6).Draw(t, "op")
	if depth == 0 {
		op %= 3
	}
	switch op {
	case 0, 1:
		s := rapid.SampledFrom([]rune(symbols)).Draw(t, "symbol")
		return Text(string(s)), string(s)
	case 2:
		return Symbol('0', '9'), "[0-9]"
	case 3, 4:
		a, as := node(t, depth-1, symbols)
		b, bs := node(t, depth-1, symbols)
		if op == 3 {
			return Seq(a, b), as + bs
		}
		return Alt(a, b), "(?:" + as + "|" + bs + ")"
	}
	a, as := node(t, depth-1, symbols)
	lo := rapid.IntRange(0, 2).Draw(t, "min")
	hi := rapid.SampledFrom([]int{-1, lo, lo + 2}).Draw(t, "max")
	if hi < 0 {
		return Repeat(a, lo, hi), fmt.Sprintf("(?:%s){%d,}", as, lo)
	}
	return Repeat(a, lo, hi), fmt.Sprintf("(?:%s){%d,%d}", as, lo, hi)
}

func TestRegexAgreesWithTheStandardLibrary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, text := node(t, 4, "ab0")
		r, err := Compile(text, n)
		require.NoError(t, err)
		std := regexp.MustCompile("^(?:" + text + ")$")
		for range 30 {
			s := rapid.StringMatching("[ab01]{0,6}").Draw(t, "input")
			require.Equal(t, std.MatchString(s), r.MatchText([]byte(s)), "%s on %q", text, s)
		}
		for range 5 {
			s := rapid.StringMatching("(?:"+text+")").Draw(t, "member")
			require.True(t, r.MatchText([]byte(s)), "%s on %q", text, s)
		}
	})
}

func TestRegexRefusesWhatIsTooLarge(t *testing.T) {
	t.Parallel()
	_, err := Compile("huge", Repeat(Repeat(AnySymbol(), 100, 100), 100, 100))
	require.ErrorContains(t, err, `regular expression "huge": larger than`)
	r, err := Compile("empty, many times", Repeat(Repeat(Repeat(Seq(), 4096, 4096), 4096, 4096), 4096, 4096))
	require.NoError(t, err)
	require.True(t, r.Match(nil))
	require.False(t, r.Match([]uint32{1}))
}

// Whatever regular expressions there are, every community has a class that is covered by the same ones.
func TestCommunityClassesCoverEveryCommunity(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := CommunityKind(rapid.IntRange(0, 2).Draw(t, "kind"))
		number := rapid.SampledFrom([]uint32{0, 1, 9, 10, 11, 100, 6450, 64500, 65535})
		community := func() Community {
			c := Community{Kind: kind, A: number.Draw(t, "a"), B: number.Draw(t, "b")}
			if kind != Standard {
				c.C = number.Draw(t, "c")
			}
			if kind == Extended {
				c.A = rapid.SampledFrom([]uint32{0x0002, 0x0003, 0x0102, 0x030b, 0x0000, 0x4343}).Draw(t, "type")
			}
			return c
		}
		var members []CommunityPattern
		for range rapid.IntRange(1, 2).Draw(t, "regexes") {
			n, text := node(t, 3, "01:5t")
			n = Seq(Repeat(AnySymbol(), 0, -1), n, Repeat(Symbol('0', ':'), 0, -1))
			r, err := Compile(text, n)
			require.NoError(t, err)
			members = append(members, CommunityPattern{Literal: Community{Kind: kind}, Regex: r})
		}
		for range rapid.IntRange(0, 3).Draw(t, "literals") {
			members = append(members, CommunityPattern{Literal: community()})
		}
		d := NewCommunityDef("C", members, false)
		cc := newCommunityClasses([]*CommunityDef{d}, newRegexSet())
		if len(cc.undecided) > 0 {
			return // said aloud, which is all that is asked
		}
		for id, class := range cc.list {
			for _, m := range members {
				require.Equal(t, m.Covers(class.witness), slices.Contains(cc.of(m), id), "%s %s", m, class.witness)
			}
		}
		for range 50 {
			c := community()
			require.True(t, slices.ContainsFunc(cc.list, func(class communityClass) bool {
				return class.witness.Kind == kind && !slices.ContainsFunc(members, func(m CommunityPattern) bool { return m.Covers(c) != m.Covers(class.witness) })
			}), "no class for %s", c)
		}
	})
}

// table returns the truth table of f over the first n variables.
func table(b *bdd, f ref, n int) string {
	out := make([]byte, 1<<n)
	for row := range out {
		g := f
		for g > yes {
			if node := b.nodes[g]; row>>node.variable&1 == 1 {
				g = node.hi
			} else {
				g = node.lo
			}
		}
		out[row] = byte('0' + g)
	}
	return string(out)
}

func TestDecisionDiagrams(t *testing.T) {
	t.Parallel()
	const n = 4
	rapid.Check(t, func(t *rapid.T) {
		b := newBDD()
		random := func() ref { // a sum of products
			f := no
			for range rapid.IntRange(0, 4).Draw(t, "products") {
				p := yes
				for v := range n {
					switch rapid.IntRange(0, 2).Draw(t, "literal") {
					case 0:
						p = b.and(p, b.literal(v))
					case 1:
						p = b.without(p, b.literal(v))
					}
				}
				f = b.or(f, p)
			}
			return f
		}
		f, g, h := random(), random(), random()
		tf, tg, th, ite := table(b, f, n), table(b, g, n), table(b, h, n), table(b, b.ite(f, g, h), n)
		for i := range tf {
			want := th[i]
			if tf[i] == '1' {
				want = tg[i]
			}
			require.Equal(t, want, ite[i])
		}
		require.Equal(t, tf == tg, f == g, "equal functions are one node")

		lower, upper := b.and(f, g), b.or(f, g)
		cubes, ok := b.cover(lower, upper)
		require.True(t, ok)
		union := no
		for _, c := range cubes {
			p := yes
			for v, value := range c {
				if value {
					p = b.and(p, b.literal(v))
				} else {
					p = b.without(p, b.literal(v))
				}
			}
			union = b.or(union, p)
		}
		require.Equal(t, no, b.without(lower, union))
		require.Equal(t, no, b.without(union, upper))
		if f != no {
			p := yes
			for v, value := range b.pick(f, func(int) bool { return false }) {
				p = b.and(p, b.ite(b.literal(v), truth(value), truth(!value)))
			}
			require.Equal(t, no, b.without(p, f))
		}
	})
}
