package gobgp

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/osrg/gobgp/v4/api"
	"google.golang.org/protobuf/proto"
)

// Held is what a GoBGP router lists of its policy.
type Held struct {
	Sets        []*api.DefinedSet
	Policies    []*api.Policy
	Assignments []*api.PolicyAssignment // with whole policies
}

// Differs returns where a router holds something else than it was given, by the set, the statement or the assignment, in their
// content; none if it does not. What GoBGP lists in other words than it took it is no difference: the order of a set, expressions around
// single communities, actions that do nothing. Two things it does not list: conditions on the origin, and that extended communities
// are removed.
func Differs(sent *api.SetPoliciesRequest, assigned []*api.SetPolicyAssignmentRequest, held *Held) []string {
	var out []string
	sets := byName(held.Sets, setName)
	for name, s := range byName(sent.DefinedSets, setName) {
		out = append(out, differ(name, setText(s), setText(sets[name]))...)
		delete(sets, name)
	}
	for name := range sets {
		out = append(out, name+": it was never sent")
	}
	given, policies := byName(sent.Policies, (*api.Policy).GetName), byName(held.Policies, (*api.Policy).GetName)
	for name, p := range given {
		out = append(out, samePolicy(p, policies[name])...)
		delete(policies, name)
	}
	for name := range policies {
		out = append(out, "policy "+name+": it was never sent")
	}
	for _, a := range assigned {
		want := a.Assignment
		i := slices.IndexFunc(held.Assignments, func(h *api.PolicyAssignment) bool { return h.Direction == want.Direction })
		if i < 0 {
			out = append(out, fmt.Sprintf("%s: it is not held", want.Direction))
			continue
		}
		out = append(out, differ(want.Direction.String(), assignmentText(want), assignmentText(held.Assignments[i]))...)
		for _, p := range held.Assignments[i].Policies {
			out = append(out, samePolicy(given[p.Name], p)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// byName returns the things by name; there are none of the same name.
func byName[T any](list []T, name func(T) string) map[string]T {
	out := map[string]T{}
	for _, x := range list {
		out[name(x)] = x
	}
	return out
}

func differ(what, sent, held string) []string {
	if sent == held {
		return nil
	}
	return []string{fmt.Sprintf("%s: sent %q, held %q", what, sent, held)}
}

func setName(s *api.DefinedSet) string {
	return "set " + s.GetDefinedType().String() + " " + s.GetName()
}

var oneCommunity = regexp.MustCompile(`^\d+(:\d+){1,2}$`)

// setText returns the members of a set in order, as GoBGP writes them.
func setText(s *api.DefinedSet) string {
	out := wholeTexts(s.GetList())
	for _, p := range s.GetPrefixes() {
		out = append(out, fmt.Sprintf("%s %d..%d", p.IpPrefix, p.MaskLengthMin, p.MaskLengthMax))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// wholeTexts puts around what is a single community what GoBGP does when it makes an expression of it.
func wholeTexts(list []string) []string {
	out := slices.Clone(list)
	for i, x := range out {
		if oneCommunity.MatchString(x) {
			out[i] = "^" + x + "$"
		}
	}
	return out
}

func assignmentText(a *api.PolicyAssignment) string {
	var names []string
	for _, p := range a.Policies {
		names = append(names, p.Name)
	}
	return strings.Join(append(names, a.DefaultAction.String()), ", ")
}

// samePolicy compares two policies statement by statement; a missing one is nil.
func samePolicy(sent, held *api.Policy) []string {
	switch {
	case held == nil:
		return []string{"policy " + sent.Name + ": it is not held"}
	case sent == nil:
		return []string{"policy " + held.Name + ": it was never sent"}
	case len(sent.Statements) != len(held.Statements):
		return []string{fmt.Sprintf("policy %s: sent %d statements, held %d", sent.Name, len(sent.Statements), len(held.Statements))}
	}
	var out []string
	for i, s := range sent.Statements {
		h := held.Statements[i]
		what := fmt.Sprintf("policy %s statement %s", sent.Name, s.Name)
		out = append(out, differ(what+": name", s.Name, h.Name)...)
		if a, b := listedConditions(s.Conditions), listedConditions(h.Conditions); !proto.Equal(a, b) {
			out = append(out, fmt.Sprintf("%s: sent if %s, held if %s", what, conditionText(a), conditionText(b)))
		}
		if a, b := listedActions(s.Actions), listedActions(h.Actions); !proto.Equal(a, b) {
			out = append(out, fmt.Sprintf("%s: sent then %s, held then %s", what, actionText(a), actionText(b)))
		}
	}
	return out
}

// listedConditions returns the conditions without what GoBGP does not list.
func listedConditions(c *api.Conditions) *api.Conditions {
	if c == nil {
		return &api.Conditions{}
	}
	out := proto.Clone(c).(*api.Conditions)
	out.Origin = api.OriginType_ORIGIN_TYPE_UNSPECIFIED // it lists that of an action instead
	return out
}

// listedActions returns the actions as GoBGP lists them.
func listedActions(a *api.Actions) *api.Actions {
	if a == nil {
		return &api.Actions{}
	}
	out := proto.Clone(a).(*api.Actions)
	for _, c := range []**api.CommunityAction{&out.Community, &out.LargeCommunity, &out.ExtCommunity} {
		switch {
		case *c == nil:
		case len((*c).Communities) == 0 && c != &out.Community:
			*c = nil
		case (*c).Type == api.CommunityAction_TYPE_REMOVE:
			(*c).Communities = wholeTexts((*c).Communities)
		}
	}
	return out
}
