package gobgp

import (
	"fmt"
	"strings"

	"github.com/osrg/gobgp/v4/api"

	"github.com/closlab/closlab/harness/policy"
)

// Program is the policy of one GoBGP router. It is never changed once compiled.
type Program struct {
	sets     *sets
	policies [2][]*api.Statement // by policy.Direction
}

// Request returns what SetPolicies takes: all sets and the two policies, "export" and "import". GoBGP swaps them in at once, and keeps
// the assignments of Assignments for all programs to come; the sessions then need a soft reset in both directions.
func (p *Program) Request() *api.SetPoliciesRequest {
	r := &api.SetPoliciesRequest{DefinedSets: p.sets.list}
	for dir, statements := range p.policies {
		r.Policies = append(r.Policies, &api.Policy{Name: policy.Direction(dir).String(), Statements: statements})
	}
	return r
}

// Assignments returns what SetPolicyAssignment takes, to be called once after the first SetPolicies. The default accepts on import,
// since GoBGP takes the router's own routes through the import policy too, and rejects on export.
func (p *Program) Assignments() []*api.SetPolicyAssignmentRequest {
	one := func(dir policy.Direction, to api.PolicyDirection, def api.RouteAction) *api.SetPolicyAssignmentRequest {
		return &api.SetPolicyAssignmentRequest{Assignment: &api.PolicyAssignment{Name: "global", Direction: to, DefaultAction: def,
			Policies: []*api.Policy{{Name: dir.String()}}}}
	}
	return []*api.SetPolicyAssignmentRequest{
		one(policy.Import, api.PolicyDirection_POLICY_DIRECTION_IMPORT, api.RouteAction_ROUTE_ACTION_ACCEPT),
		one(policy.Export, api.PolicyDirection_POLICY_DIRECTION_EXPORT, api.RouteAction_ROUTE_ACTION_REJECT),
	}
}

// String returns the program for people: sets, then statements in order.
func (p *Program) String() string {
	var b strings.Builder
	for _, s := range p.sets.list {
		entries := s.List
		for _, x := range s.Prefixes {
			entries = append(entries, fmt.Sprintf("%s %d..%d", x.IpPrefix, x.MaskLengthMin, x.MaskLengthMax))
		}
		fmt.Fprintf(&b, "%s: %s\n", s.Name, strings.Join(entries, ", "))
	}
	for _, statements := range p.policies {
		for _, s := range statements {
			fmt.Fprintf(&b, "%s\n    if %s\n    then %s\n", s.Name, conditionText(s.Conditions), actionText(s.Actions))
		}
	}
	return b.String()
}
