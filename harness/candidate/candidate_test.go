package candidate

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
	"github.com/stretchr/testify/require"
)

var mcp = filepath.Join("..", "..", "topologies", "mcp")

// files are texts by name below a folder.
type files map[string]string

// folder returns a new folder with the files.
func (fs files) folder(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "candidate")
	for name, text := range fs {
		p := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o755))
		require.NoError(t, os.WriteFile(p, []byte(text), 0o644))
	}
	return dir
}

func baseline(t testing.TB, dir string) *Base {
	t.Helper()
	b, err := Load(dir)
	require.NoError(t, err)
	return b
}

// policyText is a policy file of mcp, with a replacement made.
func policyText(t testing.TB, name, old, new string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(mcp, "policy", name))
	require.NoError(t, err)
	require.Contains(t, string(text), old)
	return strings.Replace(string(text), old, new, 1)
}

const (
	swap      = "insert policy-options policy-statement AGGREGATES-OUT term 6-ADV-SITE-LOCALS before term 4-ADV-SITE-LOCALS\n"
	allEdges  = "set policy-options policy-statement EDGE-IN term SITELOCAL then local-preference 120\n"
	ofTheLeaf = "set policy-options policy-statement LEAF-OUT term ANYCAST then community add SITE-LOCAL-INTERNAL\n"
)

func TestWithFindsWhatChangesWhere(t *testing.T) {
	t.Parallel()
	b := baseline(t, mcp)
	spines, edges := []string{"spine1", "spine2"}, []string{"edge1", "edge2"}
	for name, test := range map[string]struct {
		candidate files
		single    string // the candidate is this one file
		changed   []string
		order     []string
	}{
		"a replacement": {candidate: files{"spine.junos.conf": policyText(t, "spine.junos.conf", "community delete NO-EXPORT;", "")},
			changed: []string{"spine.junos.conf"}, order: spines},
		"one file with the name of a baseline file": {candidate: files{"spine.junos.conf": policyText(t, "spine.junos.conf", "community delete NO-EXPORT;", "")},
			single: "spine.junos.conf", changed: []string{"spine.junos.conf"}, order: spines},
		"replacements of which one changes nothing": {candidate: files{"spine.junos.conf": policyText(t, "spine.junos.conf", "community delete NO-EXPORT;", ""),
			"leaf.junos.conf": policyText(t, "leaf.junos.conf", "", "")}, changed: []string{"spine.junos.conf"}, order: spines},
		"a patch named for its file": {candidate: files{"edge.junos.conf.set": allEdges}, changed: []string{"edge.junos.conf"}, order: edges},
		"such a patch alone":         {candidate: files{"edge.junos.conf.set": allEdges}, single: "edge.junos.conf.set", changed: []string{"edge.junos.conf"}, order: edges},
		"a patch for whom it may concern": {candidate: files{"any.patch": allEdges}, changed: []string{"edge-tll01.junos.conf", "edge.junos.conf"},
			order: []string{"edge1", "edge2", "edgeT"}},
		"two patches": {candidate: files{"a.set": swap, "b.diff": "[edit policy-options policy-statement AGGREGATES-OUT term ADV-DNS then]\n+   local-preference 50;\n"},
			changed: []string{"spine.junos.conf"}, order: spines},
		"a replacement, and a patch of it that comes first in the alphabet": {candidate: files{"a.set": allEdges,
			"edge.junos.conf": policyText(t, "edge.junos.conf", "OURS orlonger", "OURS exact")},
			changed: []string{"edge-tll01.junos.conf", "edge.junos.conf"}, order: []string{"edge1", "edge2", "edgeT"}},
		"words for people": {candidate: files{"README.md": "why", ".hidden/x": "y", "notes/more.md": "z", "any.set": swap}, changed: []string{"spine.junos.conf"}, order: spines},
		"some nodes only":  {candidate: files{"candidate.yaml": "nodes: [spine2]", "any.set": swap}, changed: []string{"spine.junos.conf"}, order: []string{"spine2"}},
		"an order":         {candidate: files{"candidate.yaml": "order: [spine2, spine1]", "any.set": swap}, changed: []string{"spine.junos.conf"}, order: []string{"spine2", "spine1"}},
		"an order of tiers": {candidate: files{"candidate.yaml": "order: [spine, edge]", "a.set": swap, "edge.junos.conf.set": allEdges},
			changed: []string{"edge.junos.conf", "spine.junos.conf"}, order: append(spines, edges...)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := b.With(filepath.Join(test.candidate.folder(t), test.single))
			require.NoError(t, err)
			require.Equal(t, test.changed, c.Files)
			require.Equal(t, test.order, c.Order)
			require.Empty(t, c.Unjudged)
			for i, s := range c.After.Sessions {
				old := b.Fabric.Sessions[i]
				file := ""
				if s.Binding[fabric.V4] != nil {
					file = s.Binding[fabric.V4].File
				}
				if !slices.Contains(test.order, s.Node) || !slices.Contains(test.changed, file) {
					require.Equal(t, old.Out, s.Out, "%s is none of the candidate's", s.Node)
				}
			}
		})
	}
}

// The patch and the replacement both count: what the one adds is not lost in the other.
func TestReplacementsComeBeforePatches(t *testing.T) {
	t.Parallel()
	c, err := baseline(t, mcp).With(files{"a.set": allEdges, "edge.junos.conf": policyText(t, "edge.junos.conf", "OURS orlonger", "OURS exact")}.folder(t))
	require.NoError(t, err)
	edgeIn, _ := c.Configs["edge.junos.conf"].Policy("EDGE-IN")
	require.NotEmpty(t, edgeIn.Terms[0].Then, "of the patch")
	internetIn, _ := c.Configs["edge.junos.conf"].Policy("INTERNET-IN")
	r := policy.Route{Prefix: netip.MustParsePrefix("198.18.99.0/24"), Protocol: policy.BGP}
	require.Equal(t, policy.Accept, policy.Apply(policy.Calls(internetIn), r, policy.Env{Direction: policy.Import}).Decision, "of the replacement")
}

func TestNotesReachTheCandidate(t *testing.T) {
	t.Parallel()
	c, err := baseline(t, mcp).With(files{"any.set": swap, "candidate.yaml": `
why: |
  because
  of this
waives: [sites-meet]
promises: [{name: still, reach: {from: T, to: origin}}]`}.folder(t))
	require.NoError(t, err)
	require.Equal(t, "because of this", c.Why)
	require.Equal(t, []string{"sites-meet"}, c.Waives)
	require.Len(t, c.Promises, 1)
	require.Equal(t, "still", c.Promises[0].Name)
}

// The baseline is the same after any number of candidates.
func TestTheBaselineIsNeverChanged(t *testing.T) {
	t.Parallel()
	b, fresh := baseline(t, mcp), baseline(t, mcp)
	for _, patch := range []string{swap, allEdges, ofTheLeaf, "delete policy-options prefix-list DNS\n"} {
		_, _ = b.With(files{"any.set": patch}.folder(t))
	}
	for name, text := range fresh.texts {
		require.True(t, text.same(b.texts[name]), name)
	}
	for i, s := range fresh.Fabric.Sessions {
		require.Equal(t, s.In, b.Fabric.Sessions[i].In)
		require.Equal(t, s.Out, b.Fabric.Sessions[i].Out)
	}
}

func TestSessionsOfOneBindingShareTheirChains(t *testing.T) {
	t.Parallel()
	b := baseline(t, mcp)
	chains := map[*policy.Expr]bool{}
	for _, s := range b.Fabric.Sessions {
		if s.Node == "spine1" || s.Node == "spine2" {
			for _, fam := range fabric.Families {
				chains[&s.Out[fam][0]] = true
			}
		}
	}
	require.Len(t, chains, 2, "one of EDGES, one of LEAVES, for two spines with five sessions each")

	c, err := b.With(files{"candidate.yaml": "nodes: [spine2]", "any.set": swap}.folder(t))
	require.NoError(t, err)
	for i, s := range c.After.Sessions {
		if len(s.Out[fabric.V4]) > 0 && s.Node != "spine2" {
			require.Same(t, b.Fabric.Sessions[i].Out[fabric.V4].Policies()[0], s.Out[fabric.V4].Policies()[0])
		}
	}
}

func TestLintOfACandidateIsOfItsFiles(t *testing.T) {
	t.Parallel()
	c, err := baseline(t, mcp).With(files{"any.set": "insert policy-options policy-statement AGGREGATES-OUT term ADV-DNS after term REJECT-THE-REST"}.folder(t))
	require.NoError(t, err)
	var rules []string
	for _, f := range c.Lint() {
		if f.Severity == place.Warning {
			rules = append(rules, f.Rule)
		}
	}
	require.Equal(t, []string{"unreachable-term"}, rules)
}
