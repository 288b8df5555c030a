//go:build linux

package speaker

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/osrg/gobgp/v4/api"
	"google.golang.org/protobuf/encoding/protojson"
)

// setPolicy replaces all policies and resets the sessions softly.
func (r *router) setPolicy(text json.RawMessage, assign []json.RawMessage) error {
	ctx := context.Background()
	var q api.SetPoliciesRequest
	if err := protojson.Unmarshal(text, &q); err != nil {
		return err
	}
	if err := r.bgp.SetPolicies(ctx, &q); err != nil {
		return fmt.Errorf("GoBGP refuses it: %w", err)
	}
	for _, a := range assign {
		var q api.SetPolicyAssignmentRequest
		if err := protojson.Unmarshal(a, &q); err != nil {
			return err
		}
		if err := r.bgp.SetPolicyAssignment(ctx, &q); err != nil {
			return fmt.Errorf("GoBGP refuses it: %w", err)
		}
	}
	if err := r.readBack(&q); err != nil {
		return err
	}
	r.mu.Lock()
	any := len(r.peers) > 0
	r.nudge()
	r.mu.Unlock()
	if !any {
		return nil
	}
	return r.bgp.ResetPeer(ctx, &api.ResetPeerRequest{Address: "", Soft: true, Direction: api.ResetPeerRequest_DIRECTION_BOTH})
}

// readBack compares the statements that GoBGP holds, by name and order, with those it was given.
func (r *router) readBack(want *api.SetPoliciesRequest) error {
	have := map[string]*api.Policy{}
	err := r.bgp.ListPolicy(context.Background(), &api.ListPolicyRequest{}, func(p *api.Policy) { have[p.Name] = p })
	if err != nil {
		return fmt.Errorf("cannot be read back: %w", err)
	}
	same := func(a, b *api.Statement) bool { return a.Name == b.Name }
	for _, p := range want.Policies {
		if !slices.EqualFunc(p.Statements, have[p.Name].GetStatements(), same) {
			return fmt.Errorf("GoBGP holds %d statements of policy %s, not the %d that it was given", len(have[p.Name].GetStatements()), p.Name, len(p.Statements))
		}
	}
	return nil
}

// resend sends all routes to the neighbours once more.
func (r *router) resend(peers []Peer) error {
	for _, p := range peers {
		q := &api.ResetPeerRequest{Address: p.Remote.String(), Soft: true, Direction: api.ResetPeerRequest_DIRECTION_OUT}
		if err := r.bgp.ResetPeer(context.Background(), q); err != nil {
			return fmt.Errorf("neighbour %s: %w", p.Remote, err)
		}
	}
	return nil
}
