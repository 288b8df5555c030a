package gate_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/stretchr/testify/require"
)

const mcp = "../../topologies/mcp"

// judge writes the candidate's files to a folder and returns the verdict on it.
func judge(t *testing.T, ctx context.Context, fabric string, files map[string]string) *gate.Verdict {
	t.Helper()
	base, err := candidate.Load(fabric)
	require.NoError(t, err)
	c, err := base.With(write(t, files))
	require.NoError(t, err)
	return gate.Run(ctx, base, c, gate.Options{Seed: 1})
}

// write returns a new folder with the files.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	return dir
}

// edited returns a copy of a fabric with one file edited.
func edited(t *testing.T, fabric, file, old, now string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "fabric")
	require.NoError(t, os.CopyFS(dir, os.DirFS(fabric)))
	text, err := os.ReadFile(filepath.Join(dir, file))
	require.NoError(t, err)
	require.Contains(t, string(text), old)
	require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(strings.Replace(string(text), old, now, 1)), 0o644))
	return dir
}

const harmless = "set policy-options policy-statement AGGREGATES-OUT term ADV-FREE then community add EUROPE\n"

func TestHarmlessChangePasses(t *testing.T) {
	t.Parallel()
	v := judge(t, t.Context(), mcp, map[string]string{"spine.junos.conf.set": harmless})
	require.Equal(t, gate.Pass, v.Outcome, v.Unknowns)
	require.True(t, v.Restored)
	require.Empty(t, v.Unexercised)
	require.True(t, v.Changes[0].Difference.OnlyCommunities())
}

func TestBrokenBaselineIsUnknown(t *testing.T) {
	t.Parallel()
	fabric := edited(t, mcp, "policy/edge.junos.conf", "term ADV-ANYCAST {", "inactive: term ADV-ANYCAST {")
	v := judge(t, t.Context(), fabric, map[string]string{"spine.junos.conf.set": harmless})
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Contains(t, strings.Join(v.Unknowns, "\n"), "baseline already broken: aggregates")
}

func TestNoTimeIsUnknown(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v := judge(t, ctx, mcp, map[string]string{"spine.junos.conf.set": harmless})
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Contains(t, strings.Join(v.Unknowns, "\n"), "canceled")
}

func TestFabricWithoutInvariantsIsUnknown(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(mcp, "fabric.yaml"))
	require.NoError(t, err)
	_, invariants, _ := strings.Cut(string(text), "\ninvariants:")
	fabric := edited(t, mcp, "fabric.yaml", "\ninvariants:"+invariants, "\n")
	v := judge(t, t.Context(), fabric, map[string]string{"spine.junos.conf.set": harmless})
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Contains(t, strings.Join(v.Unknowns, "\n"), "no invariant was judged")
}

func TestChangeOutsidePolicyIsUnknown(t *testing.T) {
	t.Parallel()
	v := judge(t, t.Context(), mcp, map[string]string{"spine.junos.conf.set": harmless + "set routing-options static route 10.0.0.0/8 discard\n"})
	require.Equal(t, gate.Unknown, v.Outcome)
	require.Contains(t, strings.Join(v.Unknowns, "\n"), "routing-options static changes: closlab does not judge that")
}

// A term for a prefix that nobody originates yet leaks as soon as somebody does.
func TestLeakThatNoRouteShowsYetIsFoundByItsWitness(t *testing.T) {
	t.Parallel()
	v := judge(t, t.Context(), mcp, map[string]string{"edge.junos.conf.set": `
set policy-options policy-statement 4-COGENT-TRANSIT-OUT term NEW from route-filter 100.127.0.0/24 exact
set policy-options policy-statement 4-COGENT-TRANSIT-OUT term NEW then accept
insert policy-options policy-statement 4-COGENT-TRANSIT-OUT term NEW before term REJECT-THE-REST
`})
	require.Equal(t, gate.Reject, v.Outcome)
	require.Len(t, v.Unexercised, 1)
	require.True(t, v.Unexercised[0].Injected)
	for _, s := range v.Steps {
		for _, f := range s.Findings {
			require.Equal(t, s.Name == "with witness routes" && f.Check == "nothing-internal", f.Status == check.Broken, "%s %+v", s.Name, f)
		}
	}
}

// What an edge no longer refuses from outside, somebody outside will send.
func TestLostHijackFilterIsFoundByClaims(t *testing.T) {
	t.Parallel()
	for edit, advice := range map[string]string{
		"delete policy-options policy-statement INTERNET-IN term OURS\n": "put term OURS of INTERNET-IN back before term THEIRS",
		"delete policy-options prefix-list OURS 198.18.0.0/15\n":         "give prefix-list-filter OURS orlonger back what it lost",
		"delete policy-options prefix-list OURS 198.51.100.0/24\n":       "give prefix-list-filter OURS orlonger back what it lost",
	} {
		v := judge(t, t.Context(), mcp, map[string]string{"edge.junos.conf.set": edit})
		require.Equal(t, gate.Reject, v.Outcome, edit)
		require.NotEmpty(t, v.Claims)
		require.Equal(t, gate.Leaked, v.Causes[0].Effect)
		require.Equal(t, "THEIRS", v.Causes[0].After.Term.Name)
		require.Contains(t, v.Causes[0].Advice, advice)
	}
}

// RTBH host routes from anybody were the hijack of 1.1.1.1 on 2024-06-27: they are longer than any prefix of our own.
func TestHostRoutesToOurOwnAddressesAreClaimed(t *testing.T) {
	t.Parallel()
	for filter, broken := range map[string]string{
		"198.18.0.0/15 prefix-length-range /32-/32":    "in-band-access",
		"198.18.10.8/29 longer":                        "sites-meet",
		"192.0.2.0/25 prefix-length-range /30-/31":     "clients-to-services",
		"2001:db8:20::/48 prefix-length-range /64-/64": "servers-to-origin",
	} {
		v := judge(t, t.Context(), mcp, map[string]string{"edge.junos.conf.set": `
set policy-options policy-statement INTERNET-IN term RTBH from route-filter ` + filter + `
set policy-options policy-statement INTERNET-IN term RTBH then accept
insert policy-options policy-statement INTERNET-IN term RTBH before term OURS
`})
		require.Equal(t, gate.Reject, v.Outcome, filter)
		last := v.Steps[len(v.Steps)-1].Findings
		require.True(t, slices.ContainsFunc(last, func(f check.Finding) bool { return f.Check == broken && f.Status == check.Broken }), "%s: %v", filter, last)
		require.Equal(t, "RTBH", v.Causes[0].After.Term.Name)
		for _, c := range v.Claims {
			require.Contains(t, v.Causes[0].Prefixes, c.Route.Prefix, filter)
		}
	}
}

// No eBGP peer can bring another local preference than the usual one, so a term that asks for one changes nothing.
func TestLocalPreferenceOverEBGPIsNoClass(t *testing.T) {
	t.Parallel()
	v := judge(t, t.Context(), mcp, map[string]string{"spine.junos.conf.set": `
set policy-options policy-statement SPINE-IN term NEW from local-preference 200
set policy-options policy-statement SPINE-IN term NEW then accept
insert policy-options policy-statement SPINE-IN term NEW before term COLO-A
`})
	require.Equal(t, gate.Pass, v.Outcome, v.Unknowns)
	require.Empty(t, v.Changes)
}

func TestImportMistakeIsTracedToItsTerm(t *testing.T) {
	t.Parallel()
	v := judge(t, t.Context(), mcp, map[string]string{"spine.junos.conf.set": "delete policy-options policy-statement SPINE-IN term COLO-C\n"})
	require.Equal(t, gate.Reject, v.Outcome)
	c := v.Causes[0]
	require.Equal(t, "term COLO-C of SPINE-IN is gone; term REJECT-THE-REST of SPINE-IN rejects its routes now", c.What)
	require.Equal(t, []string{"leafC→spine1", "leafC→spine2"}, c.Sessions)
	require.Equal(t, 4, c.Routes)
	last := v.Steps[slices.IndexFunc(v.Steps, func(s gate.Step) bool { return s.Last })]
	i := slices.IndexFunc(last.Findings, func(f check.Finding) bool { return f.Check == "servers-meet" && f.Status == check.Broken })
	require.Equal(t, "COLO-C", last.Findings[i].Because[0].Term)
}

func TestWaivedDamagePassesAndIsShown(t *testing.T) {
	t.Parallel()
	v := judge(t, t.Context(), mcp, map[string]string{
		"edge.junos.conf.set": "set policy-options policy-statement 6-PUBLIC-PEER-ANYCAST-OUT term ADV-ANYCAST then reject\n",
		"candidate.yaml":      "why: the peer gets no more anycast over IPv6\nwaives: [aggregates, clients-to-services]\n",
	})
	require.Equal(t, gate.Pass, v.Outcome, v.Unknowns)
	waived := 0
	for _, s := range v.Steps {
		for _, f := range s.Findings {
			if f.Status == check.Waived {
				waived++
			}
		}
	}
	require.Positive(t, waived)
}

func TestPromiseIsJudgedOnceAllIsApplied(t *testing.T) {
	t.Parallel()
	promise := "promises:\n  - {name: free-at-peer, present: {prefixes: 203.0.113.200/30, at: spine}}\n"
	v := judge(t, t.Context(), mcp, map[string]string{"spine.junos.conf.set": harmless, "candidate.yaml": promise})
	require.Equal(t, gate.Reject, v.Outcome)
	for _, s := range v.Steps {
		broken := slices.ContainsFunc(s.Findings, func(f check.Finding) bool { return f.Check == "free-at-peer" && f.Status == check.Broken })
		require.Equal(t, s.Last, broken, s.Name)
	}
}

func BenchmarkGateFounding(b *testing.B) {
	base, err := candidate.Load(mcp)
	require.NoError(b, err)
	c, err := base.With("../../scenarios/reordered-site-locals/candidate")
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if v := gate.Run(b.Context(), base, c, gate.Options{Seed: 1}); v.Outcome != gate.Reject {
			b.Fatal(v.Outcome)
		}
	}
}
