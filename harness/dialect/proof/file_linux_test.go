package proof_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/osrg/gobgp/v4/api"
	"github.com/osrg/gobgp/v4/pkg/config"
	"github.com/osrg/gobgp/v4/pkg/config/oc"
	"github.com/osrg/gobgp/v4/pkg/server"
	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/dialect/gobgp"
)

// The files that are read back say what GoBGP is given: loaded as gobgpd does, it holds the same sets, statements and assignments.
func TestFilesSayWhatGoBGPIsGiven(t *testing.T) {
	t.Parallel()
	b, err := candidate.Load("../../../topologies/mcp")
	require.NoError(t, err)
	for _, s := range distinct(b.Fabric) {
		p, err := gobgp.Compile([]gobgp.Session{gobgp.Session(s)})
		require.NoError(t, err)
		text, err := gobgpTOML(p.Request(), p.Assignments(), s.LocalAS, "10.99.0.1")
		require.NoError(t, err)
		loaded, err := oc.ReadConfig(strings.NewReader(text), "toml")
		require.NoError(t, err)
		g := server.NewBgpServer(server.LoggerOption(slog.New(slog.DiscardHandler), nil))
		go g.Serve()
		_, err = config.InitialConfig(t.Context(), g, loaded, false)
		require.NoError(t, err)
		request := p.Request()
		now := listed(t, g)
		require.NotEmpty(t, now.Policies)
		require.Empty(t, gobgp.Differs(request, p.Assignments(), now), text)
		request.Policies[0].Statements[0].Conditions.AfiSafiIn = nil
		require.NotEmpty(t, gobgp.Differs(request, p.Assignments(), now), "a difference is one")
		g.Stop()
	}
}

// listed returns what GoBGP lists of its policy.
func listed(t *testing.T, g *server.BgpServer) *gobgp.Held {
	out := &gobgp.Held{}
	require.NoError(t, g.ListPolicy(t.Context(), &api.ListPolicyRequest{}, func(p *api.Policy) { out.Policies = append(out.Policies, p) }))
	for _, kind := range []api.DefinedType{api.DefinedType_DEFINED_TYPE_PREFIX, api.DefinedType_DEFINED_TYPE_NEIGHBOR, api.DefinedType_DEFINED_TYPE_AS_PATH,
		api.DefinedType_DEFINED_TYPE_COMMUNITY, api.DefinedType_DEFINED_TYPE_LARGE_COMMUNITY} {
		require.NoError(t, g.ListDefinedSet(t.Context(), &api.ListDefinedSetRequest{DefinedType: kind}, func(s *api.DefinedSet) { out.Sets = append(out.Sets, s) }))
	}
	require.NoError(t, g.ListPolicyAssignment(t.Context(), &api.ListPolicyAssignmentRequest{Name: "global"}, func(a *api.PolicyAssignment) {
		out.Assignments = append(out.Assignments, a)
	}))
	return out
}
