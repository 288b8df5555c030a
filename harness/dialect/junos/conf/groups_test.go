package conf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGroups(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"what is set wins, what is missing comes behind": {
			`groups { G { policy-options { policy-statement P { term LAST { then reject; } term A { then { metric 9; community add X; accept; } } } } } }
			apply-groups G;
			policy-options { policy-statement P { term A { then { metric 1; reject; } } } }`,
			"policy-options policy-statement P term A then metric 1\npolicy-options policy-statement P term A then reject\npolicy-options policy-statement P term A then community add X\npolicy-options policy-statement P term LAST then reject\n",
		},
		"the first group named wins, and the group applied deepest": {
			`groups { G1 { protocols { bgp { group <*> { hold-time 1; preference 1; out-delay 1; } } } } G2 { protocols { bgp { group <*> { hold-time 2; preference 2; out-delay 2; metric-out 2; } } } }
			G3 { protocols { bgp { group <*> { hold-time 3; } } } } }
			apply-groups [ G1 G2 ];
			protocols { bgp { group X { apply-groups G3; preference 0; } } }`,
			"protocols bgp group X preference 0\nprotocols bgp group X hold-time 3\nprotocols bgp group X out-delay 1\nprotocols bgp group X metric-out 2\n",
		},
		"wildcards reach the names they match and make none": {
			`groups { G { interfaces { <ge-*> { mtu 9192; } <xe-0/0/[12]> { mtu 9000; } } policy-options { policy-statement <*-OUT> { term <4-*> { then { community add V4; } } } } } }
			apply-groups G;
			interfaces { ge-0/0/0 { disable; } xe-0/0/1; xe-0/0/3; }
			policy-options { policy-statement A-OUT { term 4-X { then accept; } term 6-X { then accept; } } policy-statement A-IN { term 4-X { then accept; } } }`,
			"interfaces ge-0/0/0 disable\ninterfaces ge-0/0/0 mtu 9192\ninterfaces xe-0/0/1 mtu 9000\ninterfaces xe-0/0/3\npolicy-options policy-statement A-OUT term 4-X then accept\npolicy-options policy-statement A-OUT term 4-X then community add V4\npolicy-options policy-statement A-OUT term 6-X then accept\npolicy-options policy-statement A-IN term 4-X then accept\n",
		},
		"an excepted group, an inactive group and an inactive use bring nothing": {
			`groups { G { policy-options { policy-statement <*> { term Z { then reject; } } } } inactive: H { system { host-name h; } } I { system { domain-name i; } } }
			apply-groups [ G H re0 ]; inactive: apply-groups I;
			policy-options { policy-statement A; policy-statement B { apply-groups-except G; } }`,
			"policy-options policy-statement A term Z then reject\npolicy-options policy-statement B\n",
		},
		"what is inactive makes room for the group": {
			`groups { G { policy-options { prefix-list P { 10.0.0.0/8; } } } }
			policy-options { apply-groups G; prefix-list P { inactive: 10.0.0.0/8; 10.1.0.0/16; } }`,
			"policy-options prefix-list P 10.1.0.0/16\npolicy-options prefix-list P 10.0.0.0/8\n",
		},
		"a group applies groups, and comes before them": {
			`groups { G { apply-groups H; policy-options { policy-statement <*> { term Z { apply-groups [ I G ]; then { metric 1; } } } } }
				H { policy-options { policy-statement A { term Z { then { metric 2; reject; } } } } }
				I { policy-options { policy-statement A { term <*> { then { metric 3; tag 3; } } } } } }
			apply-groups G; policy-options { policy-statement A; }`,
			"policy-options policy-statement A term Z then metric 1\npolicy-options policy-statement A term Z then reject\npolicy-options policy-statement A term Z then tag 3\n",
		},
		"a group that applies itself brings itself once": {
			`groups { G { apply-groups H; a { b; } } H { apply-groups G; a { c; } } } apply-groups G; a;`,
			"a b\na c\n",
		},
		"what holds for a cluster member holds": {
			`groups { node0 { system { host-name n; } } } apply-groups [ "${node}" re1 junos-defaults ]; system { services; }`,
			"system services\nsystem host-name n\n",
		},
		"a narrow wildcard that leads nowhere does not hide a wide one": {
			`groups { G { interfaces { <xe-*> { unit <1*> { mtu 1; } } <*> { unit <*> { mtu 2; } } } } } apply-groups G; interfaces { xe-0 { unit 20; } }`,
			"interfaces xe-0 unit 20 mtu 2\n",
		},
		"lists of policies are joined": {
			`groups { G { protocols { bgp { group <*> { export [ A B ]; } } } } }
			apply-groups G; protocols { bgp { group X { export [ B C ]; } } }`,
			"protocols bgp group X export B\nprotocols bgp group X export C\nprotocols bgp group X export A\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, lines(t, tc.text))
		})
	}
}

func TestGroupsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"groups { G { interfaces { <ge-[> { mtu 1; } } } }\napply-groups G; interfaces { ge-0; }":                                       "r.conf:1: malformed wildcard <ge-[>",
		"groups { G { system { apply-groups H; } } }\napply-groups G; system { x; }":                                                    "r.conf:1: apply-groups H: there is no configuration group \"H\"",
		"groups { G { policy-options { policy-statement P { then { <*>; } } } } }\napply-groups G; policy-statement P { then accept; }": "r.conf:1: a wildcard for match conditions, actions or policies is not supported: name them",
	} {
		_, err := Parse("r.conf", []byte(text))
		require.EqualError(t, err, want)
	}
}

// A group of thousands of statements for thousands of names is refused before it fills the memory.
func TestGroupsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("groups { G { policy-options { policy-statement <*> {")
	for i := range 10_000 {
		fmt.Fprintf(&b, "term T%d;", i)
	}
	b.WriteString("}}}} apply-groups G; policy-options {")
	for i := range 10_000 {
		fmt.Fprintf(&b, "policy-statement P%d;", i)
	}
	b.WriteString("}")
	_, err := Parse("r.conf", []byte(b.String()))
	require.ErrorContains(t, err, "configuration groups expand to more than this program reads")
}
