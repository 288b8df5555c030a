package fabric_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// sound fails unless a fabric keeps the promises of its types.
func sound(t require.TestingT, f *fabric.Fabric) {
	seen, ids := map[netip.Addr]string{}, map[netip.Addr]string{}
	take := func(in map[netip.Addr]string, a netip.Addr, who string) {
		if a.IsValid() {
			require.Empty(t, in[a], "%s of %s is taken", a, who)
			in[a] = who
		}
	}
	for _, n := range f.Nodes {
		require.Same(t, n, f.Node(n.Name))
		if n.Role == fabric.Router {
			require.True(t, n.RouterID.Is4(), n.Name)
			require.NotZero(t, n.ASN, n.Name)
		}
		take(ids, n.RouterID, n.Name)
		for _, fam := range fabric.Families {
			take(seen, n.Addrs[fam], n.Name)
			require.True(t, !n.Addrs[fam].IsValid() || fabric.FamilyOf(n.Addrs[fam]) == fam)
		}
	}
	for _, l := range f.Links {
		for _, fam := range fabric.Families {
			take(seen, l.Addrs[fam][0], l.From)
			take(seen, l.Addrs[fam][1], l.To)
		}
	}
	ends := map[[2]string]*fabric.Session{}
	for _, s := range f.Sessions {
		ends[[2]string{s.Node, s.Peer}] = s
	}
	require.Len(t, ends, len(f.Sessions))
	for _, s := range f.Sessions {
		far := ends[[2]string{s.Peer, s.Node}]
		require.NotNil(t, far)
		require.Equal(t, [4]any{s.Local, s.Remote, s.LocalAS, s.PeerAS}, [4]any{far.Remote, far.Local, far.PeerAS, far.LocalAS})
	}
}

func TestAnyClosIsSound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string) int { return rapid.IntRange(1, 12).Draw(t, name) }
		text := fmt.Sprintf(`
name: any
tiers:
  spine: {count: %d, asn: 65000}
  leaf:  {count: %d, asn_from: 65101, owns: racks}
  edge:  {count: %d, asn: 64500}
prefixes:
  racks: {block: [10.20.0.0/16, "fd00:20::/48"], each: [24, 64]}
links:
  - {from: leaf, to: spine}
  - {from: edge, to: [spine, edge]}
colos:
  A: {leaf: leaf1, servers: %d, blocks: [198.18.10.0/24, "2001:db8:10::/48"]}
  B: {leaf: leaf2, servers: %d, blocks: [198.18.20.0/24, "2001:db8:20::/48"]}
`, n("spines"), n("leaves")+1, n("edges"), n("servers of A"), n("servers of B"))
		f, err := fabric.Parse("any.yaml", []byte(text))
		require.NoError(t, err)
		sound(t, f)
		again, err := fabric.Parse("any.yaml", []byte(text))
		require.NoError(t, err)
		require.Equal(t, dump(f), dump(again))
	})
}

// Whoever reaches a site's prefixes reaches every router and server of it.
func TestSiteAddressesLieInItsBlocks(t *testing.T) {
	t.Parallel()
	f, err := fabric.Load("../../topologies/mcp")
	require.NoError(t, err)
	blocks := f.PrefixesOf([]string{"site-local"})
	for _, n := range f.Select("routers", "servers") {
		for _, a := range n.Addrs {
			require.Condition(t, func() bool {
				for _, p := range blocks {
					if p.Contains(a) {
						return true
					}
				}
				return false
			}, "%s %s", n.Name, a)
		}
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	f, err := fabric.Load("../../topologies/mcp")
	require.NoError(t, err)
	for selector, want := range map[string]string{
		"leaf":     "[leafA leafB leafC]",
		"leafT":    "[leafT]",
		"A":        "[a1 a2 a3 a4]",
		"ams07":    "[a1 a2 a3 a4 b1 b2 c1]",
		"transit":  "[transit1]",
		"routers":  "[edge1 edge2 spine1 spine2 leafA leafB leafC edgeT leafT]",
		"servers":  "[a1 a2 a3 a4 b1 b2 c1 t1]",
		"hosts":    "[origin noc client]",
		"nonsense": "[]",
	} {
		names := []string{}
		for _, n := range f.Select(selector) {
			names = append(names, n.Name)
		}
		require.Equal(t, want, fmt.Sprint(names), selector)
	}
}

func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/bad/*.yaml", "../../topologies/*/fabric.yaml"} {
		files, err := filepath.Glob(pattern)
		require.NoError(f, err)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(f, err)
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := fabric.Parse("fuzz.yaml", data)
		if err != nil {
			var problems place.Problems
			require.ErrorAs(t, err, &problems)
			for _, p := range problems {
				require.Equal(t, "fuzz.yaml", p.Pos.File, p.Text)
			}
			return
		}
		if len(got.Nodes) > 200 {
			return // true as well, but it takes too long to look
		}
		sound(t, got)
		again, err := fabric.Parse("fuzz.yaml", data)
		require.NoError(t, err)
		require.Equal(t, dump(got), dump(again))
	})
}

func BenchmarkParse(b *testing.B) {
	text := []byte(`
name: large
tiers:
  spine: {count: 16, asn: 65000}
  leaf:  {count: 512, asn_from: 65101, owns: racks}
prefixes:
  racks: {block: 10.0.0.0/12, each: 24}
links:
  - {from: leaf, to: spine}
`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := fabric.Parse("large.yaml", text); err != nil {
			b.Fatal(err)
		}
	}
}
