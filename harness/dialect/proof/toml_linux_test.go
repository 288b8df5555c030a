package proof_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/osrg/gobgp/v4/api"
	"github.com/pelletier/go-toml/v2"
)

// table is a table of TOML.
type table = map[string]any

// gobgpTOML writes what a GoBGP is given over its API as a file that says the same. Only that a statement drops extended communities, which no
// route of GoBGP's has here, is left out.
func gobgpTOML(request *api.SetPoliciesRequest, assigned []*api.SetPolicyAssignmentRequest, asn uint32, id string) (string, error) {
	apply := table{}
	for _, a := range assigned {
		name := map[api.PolicyDirection]string{api.PolicyDirection_POLICY_DIRECTION_IMPORT: "import", api.PolicyDirection_POLICY_DIRECTION_EXPORT: "export"}[a.Assignment.Direction]
		apply["default-"+name+"-policy"] = disposition(a.Assignment.DefaultAction)
		var policies []string
		for _, p := range a.Assignment.Policies {
			policies = append(policies, p.Name)
		}
		apply[name+"-policy-list"] = policies
	}
	var policies []table
	for _, p := range request.Policies {
		var statements []table
		for _, s := range p.Statements {
			statements = append(statements, table{"name": s.Name, "conditions": conditionsTOML(s.Conditions), "actions": actionsTOML(s.Actions)})
		}
		policies = append(policies, table{"name": p.Name, "statements": statements})
	}
	text, err := toml.Marshal(table{"global": table{"config": table{"as": asn, "router-id": id, "port": -1}, "apply-policy": table{"config": apply}},
		"defined-sets": setsTOML(request.DefinedSets), "policy-definitions": policies})
	return string(text), err
}

func disposition(a api.RouteAction) string {
	return map[api.RouteAction]string{api.RouteAction_ROUTE_ACTION_ACCEPT: "accept-route", api.RouteAction_ROUTE_ACTION_REJECT: "reject-route"}[a]
}

func setsTOML(sets []*api.DefinedSet) table {
	kinds := map[api.DefinedType]string{api.DefinedType_DEFINED_TYPE_PREFIX: "prefix", api.DefinedType_DEFINED_TYPE_NEIGHBOR: "neighbor", api.DefinedType_DEFINED_TYPE_AS_PATH: "as-path",
		api.DefinedType_DEFINED_TYPE_COMMUNITY: "community", api.DefinedType_DEFINED_TYPE_LARGE_COMMUNITY: "large-community"}
	byKind := map[string][]table{}
	for _, s := range sets {
		kind := kinds[s.DefinedType]
		t := table{kind + "-set-name": s.Name}
		switch kind {
		case "prefix":
			var list []table
			for _, p := range s.Prefixes {
				list = append(list, table{"ip-prefix": p.IpPrefix, "masklength-range": fmt.Sprintf("%d..%d", p.MaskLengthMin, p.MaskLengthMax)})
			}
			t["prefix-list"] = list
		case "neighbor":
			t["neighbor-info-list"] = s.List
		default:
			t[kind+"-list"] = s.List
		}
		byKind[kind] = append(byKind[kind], t)
	}
	return table{"prefix-sets": byKind["prefix"], "neighbor-sets": byKind["neighbor"], "bgp-defined-sets": table{"as-path-sets": byKind["as-path"],
		"community-sets": byKind["community"], "large-community-sets": byKind["large-community"]}}
}

func conditionsTOML(c *api.Conditions) table {
	out, bgp := table{}, table{}
	set := func(to table, kind string, m *api.MatchSet) {
		if m != nil {
			option := map[api.MatchSet_Type]string{api.MatchSet_TYPE_ANY: "any", api.MatchSet_TYPE_ALL: "all", api.MatchSet_TYPE_INVERT: "invert"}[m.Type]
			to["match-"+kind+"-set"] = table{kind + "-set": m.Name, "match-set-options": option}
		}
	}
	set(out, "prefix", c.PrefixSet)
	set(out, "neighbor", c.NeighborSet)
	set(bgp, "as-path", c.AsPathSet)
	set(bgp, "community", c.CommunitySet)
	set(bgp, "large-community", c.LargeCommunitySet)
	if c.Origin != 0 {
		bgp["origin-eq"] = strings.ToLower(strings.TrimPrefix(c.Origin.String(), "ORIGIN_TYPE_"))
	}
	if c.LocalPrefEq != nil {
		bgp["local-pref-eq"] = c.LocalPrefEq.Value
	}
	if c.MedEq != nil {
		bgp["med-eq"] = c.MedEq.Value
	}
	if c.RouteType != 0 {
		bgp["route-type"] = strings.ToLower(strings.TrimPrefix(c.RouteType.String(), "ROUTE_TYPE_"))
	}
	for _, f := range c.AfiSafiIn {
		bgp["afi-safi-in-list"] = []string{map[api.Family_Afi]string{api.Family_AFI_IP: "ipv4-unicast", api.Family_AFI_IP6: "ipv6-unicast"}[f.Afi]}
	}
	if len(c.NextHopInList) > 0 {
		bgp["next-hop-in-list"] = c.NextHopInList
	}
	out["bgp-conditions"] = bgp
	return out
}

func actionsTOML(a *api.Actions) table {
	out, bgp := table{}, table{}
	if a == nil {
		return out
	}
	if a.RouteAction != 0 {
		out["route-disposition"] = disposition(a.RouteAction)
	}
	for name, c := range map[string]*api.CommunityAction{"set-community": a.Community, "set-large-community": a.LargeCommunity} {
		if c != nil {
			list := slices.Clone(c.Communities)
			if list == nil {
				list = []string{}
			}
			bgp[name] = table{"options": strings.ToLower(strings.TrimPrefix(c.Type.String(), "TYPE_")), name + "-method": table{"communities-list": list}}
		}
	}
	if m := a.Med; m != nil {
		bgp["set-med"] = fmt.Sprint(m.Value)
		if m.Type == api.MedAction_TYPE_MOD {
			bgp["set-med"] = fmt.Sprintf("%+d", m.Value)
		}
	}
	if a.LocalPref != nil {
		bgp["set-local-pref"] = a.LocalPref.Value
	}
	if p := a.AsPrepend; p != nil {
		as := fmt.Sprint(p.Asn)
		if p.UseLeftMost {
			as = "last-as"
		}
		bgp["set-as-path-prepend"] = table{"as": as, "repeat-n": p.Repeat}
	}
	if n := a.Nexthop; n != nil {
		bgp["set-next-hop"] = map[bool]string{true: "self", false: n.Address}[n.Self]
		if n.PeerAddress {
			bgp["set-next-hop"] = "peer-address"
		}
	}
	if a.OriginAction != nil {
		bgp["set-route-origin"] = strings.ToLower(strings.TrimPrefix(a.OriginAction.Origin.String(), "ORIGIN_TYPE_"))
	}
	out["bgp-actions"] = bgp
	return out
}
