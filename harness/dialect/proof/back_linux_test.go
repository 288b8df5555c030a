package proof_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/dialect/frr/routemap"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
)

// back returns what a session's policy and what an engine is given for it do, to be compared.
type back func(s routemap.Session, dir policy.Direction) (said, read policy.Chain, err error)

var languages = map[string]back{"FRR": backFromFRR, "GoBGP": backFromGoBGP}

var directions = []policy.Direction{policy.Import, policy.Export}

// Every policy of every fabric in topologies/, of whatever language, comes back from FRR and from GoBGP as it was.
func TestPoliciesOfTopologiesComeBack(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("../../../topologies/*/fabric.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, f := range folders {
		dir := filepath.Dir(f)
		for language, back := range languages {
			t.Run(filepath.Base(dir)+"/"+language, func(t *testing.T) {
				t.Parallel()
				b, err := candidate.Load(dir)
				require.NoError(t, err)
				n := 0
				for _, s := range distinct(b.Fabric) {
					for _, dir := range directions {
						said, read, err := back(s, dir)
						require.NoError(t, err)
						same(t, said, read, dir)
						n++
					}
				}
				t.Logf("%d chains", n)
			})
		}
	}
}

// distinct returns one session of each kind that differs in more than the peer.
func distinct(f *fabric.Fabric) []routemap.Session {
	var out []routemap.Session
	seen := map[string]bool{}
	for _, s := range f.Sessions {
		for _, fam := range fabric.Families {
			if !s.Remote[fam].IsValid() {
				continue
			}
			x := routemap.Session{Peer: s.Remote[fam], V6: fam == fabric.V6, LocalAS: s.LocalAS, PeerAS: s.PeerAS, In: s.In[fam], Out: s.Out[fam], SendsAll: s.SendsAll[fam]}
			key := fmt.Sprint(x.V6, x.LocalAS != x.PeerAS, x.SendsAll, describe(x.In), describe(x.Out))
			if !seen[key] {
				seen[key] = true
				out = append(out, x)
			}
		}
	}
	return out
}

// same fails where the two chains do not do the same, or Diff cannot tell.
func same(t *testing.T, said, read policy.Chain, dir policy.Direction) {
	t.Helper()
	d := policy.Diff(said, read, dir)
	var b strings.Builder
	for _, c := range d.Classes[:min(len(d.Classes), 3)] {
		fmt.Fprintf(&b, "%s\n  %s\n  before %s\n  after  %s\n", c, c.Witness.Route, c.Before.Route, c.After.Route)
	}
	require.True(t, d.None(), "undecided %q\n%ssaid %s\nread %s", d.Undecided, b.String(), describe(said), describe(read))
}

// Random policies come back, too.
func TestRandomPoliciesComeBack(t *testing.T) {
	t.Parallel()
	for language, back := range languages {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			compared, refused := 0, map[string]int{}
			for n := range uint64(3) {
				tr := randomTrial(rand.New(rand.NewPCG(*seed, n)), 1)
				for s, c := range tr.chains {
					x := (&trial{chains: map[seat]policy.Chain{s: c}}).session(s.peer, s.v6)
					said, read, err := back(x, s.dir)
					if err != nil {
						refused[reason(err)]++
						continue
					}
					compared++
					same(t, said, read, s.dir)
				}
			}
			t.Logf("%d policies came back; refused: %v", compared, refused)
		})
	}
}

var quoted = regexp.MustCompile(`"[^"]*"|[0-9]+`)

// reason returns the first line of an error without the names in front.
func reason(err error) string {
	line, _, _ := strings.Cut(quoted.ReplaceAllString(err.Error(), "…"), "\n")
	return line[strings.LastIndex(line, ": ")+2:]
}
