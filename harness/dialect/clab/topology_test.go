package clab_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/clab"
)

const small = `name: small
mgmt: {network: none}
topology:
  defaults:
    kind: linux
    exec: [sysctl -w net.ipv4.ip_forward=1]
  kinds:
    linux: {image: quay.io/frrouting/frr:10.2.1, binds: ["daemons:/etc/frr/daemons"]}
  groups:
    hosts: {image: alpine}
  nodes:
    leaf1:
      binds:
        - config/__clabNodeName__:/etc/frr:ro
        - own-daemons:/etc/frr/daemons
      labels: &labels {rack: "1"}
    leaf2: {binds: ["config/leaf2/frr.conf:/etc/frr/frr.conf"], labels: *labels, network-mode: none}
    host1:
      group: hosts
      exec:
        - ip addr add 10.1.1.2/24 dev eth1
        - ip route replace 0/0 via 10.1.1.1
    spare:
  links:
    - endpoints: ["leaf1:eth1", "leaf2:eth1"]
      mtu: 1500
    - type: veth
      endpoints:
        - {node: leaf1, interface: eth2, mac: "02:00:00:00:00:01"}
        - {node: host1, interface: eth1}
    - {type: dummy, endpoint: {node: spare, interface: eth9}}
`

func TestNodesInherit(t *testing.T) {
	t.Parallel()
	top, err := clab.Read("small.clab.yml", []byte(small))
	require.NoError(t, err)
	var b strings.Builder
	for _, n := range top.Nodes {
		fmt.Fprintf(&b, "%d %s kind=%s image=%s group=%s mode=%s\n", n.Pos.Line, n.Name, n.Kind, n.Image, n.Group, n.NetworkMode)
		for _, x := range n.Binds {
			fmt.Fprintf(&b, "  bind %s at %s (line %d)\n", x.Host, x.Container, x.Pos.Line)
		}
		for _, c := range n.Exec {
			fmt.Fprintf(&b, "  exec %s (line %d)\n", c.Text, c.Pos.Line)
		}
	}
	for _, l := range top.Links {
		fmt.Fprintf(&b, "%d %s:%s %s:%s\n", l.Pos.Line, l.Ends[0].Node, l.Ends[0].Port, l.Ends[1].Node, l.Ends[1].Port)
	}
	require.Equal(t, `12 leaf1 kind=linux image=quay.io/frrouting/frr:10.2.1 group= mode=
  bind own-daemons at /etc/frr/daemons (line 15)
  bind config/leaf1 at /etc/frr (line 14)
  exec sysctl -w net.ipv4.ip_forward=1 (line 6)
17 leaf2 kind=linux image=quay.io/frrouting/frr:10.2.1 group= mode=none
  bind daemons at /etc/frr/daemons (line 8)
  bind config/leaf2/frr.conf at /etc/frr/frr.conf (line 17)
  exec sysctl -w net.ipv4.ip_forward=1 (line 6)
18 host1 kind=linux image=alpine group=hosts mode=
  bind daemons at /etc/frr/daemons (line 8)
  exec sysctl -w net.ipv4.ip_forward=1 (line 6)
  exec ip addr add 10.1.1.2/24 dev eth1 (line 21)
  exec ip route replace 0/0 via 10.1.1.1 (line 22)
23 spare kind=linux image=quay.io/frrouting/frr:10.2.1 group= mode=
  bind daemons at /etc/frr/daemons (line 8)
  exec sysctl -w net.ipv4.ip_forward=1 (line 6)
25 leaf1:eth1 leaf2:eth1
27 leaf1:eth2 host1:eth1
`, b.String())
	var passed []string
	for _, p := range top.Passed {
		passed = append(passed, p.Error())
	}
	require.Equal(t, []string{"small.clab.yml:2: mgmt", "small.clab.yml:16: labels", "small.clab.yml:26: link: mtu", "small.clab.yml:29: endpoint: mac"}, passed)

	host, _ := top.Nodes[0].Bound("/etc/frr/frr.conf")
	require.Equal(t, "config/leaf1/frr.conf", host, "in the folder that is bound")
	host, _ = top.Nodes[0].Bound("/etc/frr/daemons")
	require.Equal(t, "own-daemons", host, "the longer bind")
	host, _ = top.Nodes[2].Bound("/etc/frr/frr.conf")
	require.Empty(t, host)
}

func TestWhatIsNoTopologyIsRefused(t *testing.T) {
	t.Parallel()
	topology := func(s string) string { return "name: x\ntopology:\n" + s }
	for text, want := range map[string]string{
		"":                                       "empty",
		"a: b: c":                                "not YAML",
		"name: x\n---\nname: y":                  "a second document",
		"name: x":                                "it has no topology",
		"topology: {nodes: {a: }}":               "it has no name",
		"name: {{ .name }}\n":                    "a template",
		topology("  nodes: {a: {}, a: {}}"):      `field "a" is already in line 3`,
		topology("  nodes: {a: {kinds: linux}}"): `x.clab.yml:3: node a: no field named "kinds"`,
		topology("  nodes: {a b: }"):             "a name is a letter or digit",
		topology("  nodes: [a]"):                 "nodes: want fields",
		topology("  nodes: {a: {binds: ['${DIR}/x:/etc/frr']}}"):                                                    "expands no environment variables",
		topology("  nodes: {a: {binds: ['x:etc/frr']}}"):                                                            "an absolute path",
		topology("  nodes: {a: , b: }\n  links: [{endpoints: ['a:eth1', 'c:eth1']}]"):                               `x.clab.yml:4: link: no node named "c"`,
		topology("  nodes: {a: , b: }\n  links: [{endpoints: ['a:eth1']}]"):                                         "1 endpoints, and not 2",
		topology("  nodes: {a: , b: }\n  links: [{endpoints: ['a:eth1', 'host:a-eth1']}]"):                          "leads out of the lab",
		topology("  nodes: {a: , b: }\n  links: [{endpoints: ['a:ge-0/0/0', 'b:eth1']}]"):                           "no name of a Linux interface",
		topology("  nodes: {a: , b: }\n  links: [{type: vxlan, endpoint: {node: a, interface: eth1}}]"):             "type vxlan leads out",
		topology("  nodes: {a: , b: }\n  links:\n  - endpoints: ['a:e1', 'b:e1']\n  - endpoints: ['a:e1', 'b:e2']"): "interface e1 of a is already linked by line 5",
	} {
		_, err := clab.Read("x.clab.yml", []byte(text))
		require.ErrorContains(t, err, want, text)
	}
	_, err := clab.Read("x.clab.gotmpl", []byte(small))
	require.ErrorContains(t, err, "a template")
}

func TestAliasesAreBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("name: x\nx: &a0 [ip a]\n")
	b.WriteString("topology:\n  defaults: {exec: &e [")
	b.WriteString(strings.Repeat("a,", 5000))
	b.WriteString("]}\n  nodes:\n")
	for i := range 4000 {
		fmt.Fprintf(&b, "    n%d: {exec: *e}\n", i)
	}
	_, err := clab.Read("x.clab.yml", []byte(b.String()))
	require.ErrorContains(t, err, "too large")
}
