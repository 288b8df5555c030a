package conf

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Three routers: the spines carry AGGREGATES-OUT, the edge carries TRANSIT-OUT.
func routers(t *testing.T) map[string]*Config {
	configs := map[string]*Config{}
	for name, text := range map[string]string{
		"spine1": "policy-statement AGGREGATES-OUT { term A { then accept; } term B { then reject; } } prefix-list L { 10.0.0.0/8; } bgp { group LEAVES { type external; } }",
		"spine2": "policy-statement AGGREGATES-OUT { term A { then accept; } term B { then reject; } } community NEW members 1:1;",
		"edge1":  "policy-statement TRANSIT-OUT { term A { then accept; } }",
	} {
		c, err := Parse(name+".conf", []byte(text))
		require.NoError(t, err)
		configs[name] = c
	}
	return configs
}

func TestApplyTo(t *testing.T) {
	for name, tc := range map[string]struct {
		patch string
		edits string            // who is edited
		holds map[string]string // a statement that the router then has
	}{
		"a patch goes to the routers that contain what it edits": {
			"insert policy-options policy-statement AGGREGATES-OUT term B before term A", "spine1 spine2", nil,
		},
		"sections for different routers go where they belong": {
			"[edit policy-options policy-statement AGGREGATES-OUT term A then]\n+ community add X;\n[edit policy-options policy-statement TRANSIT-OUT term A then]\n+ community add Y;",
			"edge1 spine1 spine2", map[string]string{"edge1": "TRANSIT-OUT term A then community add Y", "spine2": "AGGREGATES-OUT term A then community add X"},
		},
		"a definition follows the policies that the patch edits": {
			"set policy-options policy-statement TRANSIT-OUT term A then community add NEW\nset policy-options community NEW members 2:2",
			"edge1 spine2", map[string]string{"edge1": "community NEW members 2:2", "spine2": "community NEW members 2:2"},
		},
		"new objects alone go to all": {
			"set policy-options prefix-list FRESH 10.0.0.0/8", "edge1 spine1 spine2", nil,
		},
		"a policy renamed and edited under its new name": {
			"rename policy-options policy-statement TRANSIT-OUT to policy-statement T\nset policy-options policy-statement T term A then metric 1",
			"edge1", map[string]string{"edge1": "policy-statement T term A then metric 1"},
		},
		"a replaced policy that none had is new": {
			"policy-options { replace: policy-statement FRESH { then reject; } }", "edge1 spine1 spine2", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := ParsePatch("p", []byte(tc.patch))
			require.NoError(t, err)
			after, edited, err := p.ApplyTo(routers(t))
			require.NoError(t, err)
			require.Equal(t, tc.edits, strings.Join(edited, " "))
			require.Len(t, after, 3)
			for router, line := range tc.holds {
				require.Contains(t, statements(after[router]), line+"\n")
			}
		})
	}
}

func TestApplyToRefuses(t *testing.T) {
	for patch, want := range map[string]string{
		"delete policy-options policy-statement NOWHERE term A":                                                                `p:1: no configuration contains "policy-options policy-statement NOWHERE"`,
		"delete policy-options policy-statement TRANSIT-OUT term Z":                                                            `p:1: no configuration contains what is edited: there is no "term Z" in "policy-options policy-statement TRANSIT-OUT"`,
		"set protocols bgp group NEW type external":                                                                            `p:1: no configuration contains "protocols bgp group NEW"`,
		"delete policy-options policy-statement TRANSIT-OUT term A\ndelete policy-options policy-statement TRANSIT-OUT term Z": `p:2: edge1: there is no "term Z" in "policy-options policy-statement TRANSIT-OUT"`,
		"[edit policy-options]\n policy-statement TRANSIT-OUT { ... }":                                                         "p: no line is marked +, - or !: the patch edits nothing",
		"[edit policy-options]\nuser@r# edit a\nuser@r# up 0":                                                                  "p: the patch edits nothing",
		"show":                             "p: the patch edits nothing",
		"load merge terminal":              `p:1: the command "load" is not supported in a patch`,
		"replace pattern A with B":         `p:1: the command "replace" is not supported in a patch`,
		"wildcard delete policy-options x": `p:1: the command "wildcard" is not supported in a patch`,
		"insert policy-options x":          `p:1: insert needs a path, ["before" "after"] and a name`,
		"[edit a b]\n+ c {\n  d;\n+ }":     `p:3: a line inside a block marked '+' is not marked so`,
		"[edit a b]\n+ c { ... }":          `p:2: what is added to "c" is elided: give all of it`,
		"+ c;":                             `p:1: an [edit ...] header must come before "c"`,
		"[edit a b]\n+ c;\n}":              `p:3: a closing brace without an opening one`,
		"[edit policy-options prefix-list L]\n- 10.9.0.0/16;":                                       `p:2: no configuration contains what is edited`,
		"[edit policy-options]\n- policy-statement TRANSIT-OUT {\n-   term A { then reject; }\n- }": `p:2: edge1: the patch removes what is not there`,
	} {
		p, err := ParsePatch("p", []byte(patch))
		if err == nil {
			_, _, err = p.ApplyTo(routers(t))
		}
		require.ErrorContains(t, err, want, patch)
	}
}
