//go:build linux

package netns_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/labtest"
)

// folder returns a new folder with the files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	return dir
}

// A term on import that asks for everything a neighbour can send, in front of the one that rejects, for a prefix that nobody has.
const fromLeaves = `
set policy-options community WANTED members [ 64500:77 65535:65281 ]
set policy-options as-path FAR "65201 64999+"
set policy-options policy-statement SPINE-IN term NEW from route-filter 10.1.0.0/16 exact
set policy-options policy-statement SPINE-IN term NEW from community WANTED
set policy-options policy-statement SPINE-IN term NEW from as-path FAR
set policy-options policy-statement SPINE-IN term NEW from metric 50
set policy-options policy-statement SPINE-IN term NEW then local-preference 200
set policy-options policy-statement SPINE-IN term NEW then community add EUROPE
set policy-options policy-statement SPINE-IN term NEW then accept
insert policy-options policy-statement SPINE-IN term NEW before term REJECT-THE-REST
`

// The same for routes of the router's own.
const toAll = `
set policy-options policy-statement AGGREGATES-OUT term NEW from route-filter 2001:db8:99::/48 exact
set policy-options policy-statement AGGREGATES-OUT term NEW from protocol static
set policy-options policy-statement AGGREGATES-OUT term NEW then metric 30
set policy-options policy-statement AGGREGATES-OUT term NEW then as-path-prepend "65100 65100"
set policy-options policy-statement AGGREGATES-OUT term NEW then accept
insert policy-options policy-statement AGGREGATES-OUT term NEW before term REJECT-THE-REST
`

func TestLiveRoutersMeetTheWitnesses(t *testing.T) {
	v := gated(t, map[string]string{"spine.junos.conf.set": fromLeaves + toAll}, labtest.Namespaced)
	require.Equal(t, gate.Pass, v.Outcome, "%v", v.Unknowns)
	routes, claims := v.Observed()
	for _, s := range v.Staged {
		require.Empty(t, s.Why, "%s on %s", s.Route, s.Name())
	}
	require.Equal(t, [2]int{12, 0}, [2]int{routes, claims}, "one from leafA to each spine, one from each spine to five neighbours")
}

func TestLiveRoutersMeetTheClaims(t *testing.T) {
	v := gated(t, map[string]string{"edge.junos.conf.set": "delete policy-options policy-statement INTERNET-IN term OURS\n"}, labtest.Namespaced)
	require.Equal(t, gate.Reject, v.Outcome)
	require.Empty(t, v.Unknowns)
	_, claims := v.Observed()
	require.Equal(t, len(v.Claims), claims)
	require.Positive(t, claims)
}
