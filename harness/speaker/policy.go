//go:build linux

package speaker

import (
	"context"
	"fmt"

	"github.com/osrg/gobgp/v4/api"
	"github.com/osrg/gobgp/v4/pkg/server"

	"github.com/closlab/closlab/harness/dialect/gobgp"
)

// setPolicy replaces all policies, assigns those that are given, and resets the sessions softly. It returns what GoBGP then holds.
func (r *router) setPolicy(q *api.SetPoliciesRequest, assign []*api.SetPolicyAssignmentRequest) (*gobgp.Held, error) {
	ctx := context.Background()
	if err := r.bgp.SetPolicies(ctx, q); err != nil {
		return nil, fmt.Errorf("GoBGP refuses it: %w", err)
	}
	for _, a := range assign {
		if err := r.bgp.SetPolicyAssignment(ctx, a); err != nil {
			return nil, fmt.Errorf("GoBGP refuses it: %w", err)
		}
	}
	r.mu.Lock()
	any := len(r.spoken) > 0
	r.nudge()
	r.mu.Unlock()
	if any {
		err := r.bgp.ResetPeer(ctx, &api.ResetPeerRequest{Address: "", Soft: true, Direction: api.ResetPeerRequest_DIRECTION_BOTH})
		if err != nil {
			return nil, fmt.Errorf("soft reset: %w", err)
		}
	}
	return held(r.bgp)
}

// kinds are the kinds of sets that GoBGP holds.
var kinds = []api.DefinedType{api.DefinedType_DEFINED_TYPE_PREFIX, api.DefinedType_DEFINED_TYPE_NEIGHBOR, api.DefinedType_DEFINED_TYPE_AS_PATH,
	api.DefinedType_DEFINED_TYPE_COMMUNITY, api.DefinedType_DEFINED_TYPE_EXT_COMMUNITY, api.DefinedType_DEFINED_TYPE_LARGE_COMMUNITY}

// held asks a router for all of its policy.
func held(s *server.BgpServer) (*gobgp.Held, error) {
	ctx := context.Background()
	out := &gobgp.Held{}
	err := s.ListPolicy(ctx, &api.ListPolicyRequest{}, func(p *api.Policy) { out.Policies = append(out.Policies, p) })
	for _, t := range kinds {
		if err == nil {
			err = s.ListDefinedSet(ctx, &api.ListDefinedSetRequest{DefinedType: t}, func(x *api.DefinedSet) { out.Sets = append(out.Sets, x) })
		}
	}
	if err == nil {
		err = s.ListPolicyAssignment(ctx, &api.ListPolicyAssignmentRequest{Name: "global"}, func(a *api.PolicyAssignment) {
			out.Assignments = append(out.Assignments, a)
		})
	}
	if err != nil {
		return nil, fmt.Errorf("policy cannot be read back: %w", err)
	}
	return out, nil
}

// resend sends all routes once more to those of the neighbours that GoBGP has.
func (r *router) resend(peers []Peer) error {
	for _, p := range peers {
		r.mu.Lock()
		spoken := r.spoken[p.Remote]
		r.mu.Unlock()
		if !spoken {
			continue
		}
		q := &api.ResetPeerRequest{Address: p.Remote.String(), Soft: true, Direction: api.ResetPeerRequest_DIRECTION_OUT}
		if err := r.bgp.ResetPeer(context.Background(), q); err != nil {
			return fmt.Errorf("neighbour %s: %w", p.Remote, err)
		}
	}
	return nil
}
