package clab_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/clab"
)

// setup returns what commands do, in one line a thing.
func setup(commands ...string) string {
	n := &clab.Node{}
	for _, c := range commands {
		n.Exec = append(n.Exec, clab.Command{Text: c})
	}
	s, err := n.Setup()
	var out []string
	if err != nil {
		out = append(out, "refused "+err.Error())
	}
	for _, a := range s.Addrs {
		out = append(out, fmt.Sprintf("%s %s", a.Port, a.Prefix))
	}
	for _, r := range s.Routes {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s via %v %s %s", r.Prefix, r.Via, r.Port, map[bool]string{true: "drop"}[r.Drop])))
	}
	for _, p := range s.Ports {
		out = append(out, "port "+p)
	}
	for _, p := range s.Passed {
		out = append(out, "passed "+p.Text)
	}
	return strings.Join(out, "\n")
}

func TestCommandsThatSetNodesUp(t *testing.T) {
	t.Parallel()
	for commands, want := range map[string]string{
		"ip addr add 10.0.0.1/24 dev eth1":                                     "eth1 10.0.0.1/24",
		"ip address add dev eth1 10.0.0.1/24 brd +":                            "eth1 10.0.0.1/24",
		"ip -6 a a 2001:db8::1/64 dev eth1 nodad":                              "eth1 2001:db8::1/64",
		"ip addr add 10.0.0.1 dev lo":                                          "lo 10.0.0.1/32",
		"ip addr add 10.0.0.1/24 dev eth1\nip addr flush dev eth1":             "",
		"ip addr add 172.20.20.9/24 dev eth0":                                  "",
		"ip route del default\nip route replace default via 10.0.0.1 dev eth1": "0.0.0.0/0 via [10.0.0.1] eth1",
		"ip route replace 0/0 via 10.0.0.1":                                    "0.0.0.0/0 via [10.0.0.1]",
		"ip route add 10/8 via 10.0.0.1":                                       "10.0.0.0/8 via [10.0.0.1]",
		"ip -6 route add default via 2001:db8::1":                              "::/0 via [2001:db8::1]",
		"ip r add blackhole 10.9.0.0/16":                                       "10.9.0.0/16 via []  drop",
		"ip route add 10.9.0.0/16 dev eth2":                                    "10.9.0.0/16 via [] eth2",
		"ip route add 10.9.0.0/16 nexthop via 10.0.0.1 dev eth1 weight 1 nexthop via 10.0.1.1 dev eth2 weight 1": "10.9.0.0/16 via [10.0.0.1 10.0.1.1] eth2",
		"ip route add 10.9.0.0/16 via inet6 fe80::1 dev eth1":                                                    "refused exec: \"ip route add 10.9.0.0/16 via inet6 fe80::1 dev eth1\": want a next hop of the prefix's family",
		`sh -c "ip link set eth1 up && ip addr add 10.0.0.1/24 dev eth1; ip route add 10/8 via 10.0.0.2"`:        "eth1 10.0.0.1/24\n10.0.0.0/8 via [10.0.0.2]",
		"ip link add dummy0 type dummy\nip link set dummy0 up\nip addr add 10.9.9.9/32 dev dummy0":               "dummy0 10.9.9.9/32\nport dummy0",
		"sysctl -w net.ipv4.ip_forward=1":                                   `passed exec: "sysctl -w net.ipv4.ip_forward=1"`,
		`sh -c "for i in 1 2; do ip addr add 10.0.$i.1/24 dev eth$i; done"`: `refused exec: "sh -c for i in 1 2; do ip addr add 10.0.$i.1/24 dev eth$i; done": it may change where packets go, and closlab is no shell: write its commands one by one`,
		`sh -c "echo $HOME | tee /tmp/x"`:                                   `passed exec: "sh -c echo $HOME | tee /tmp/x"`,
		`vtysh -c "show bgp summary"`:                                       `passed exec: "vtysh -c show bgp summary"`,
		`vtysh -c "conf t" -c "no router bgp"`:                              "refused exec: \"vtysh -c conf t -c no router bgp\": it may change where packets go, and closlab does not read vtysh",
		"iptables -A FORWARD -j DROP":                                       "refused exec: \"iptables -A FORWARD -j DROP\": it may change where packets go, and closlab does not read iptables",
		"ip rule add from 10.0.0.0/8 table 7":                               "refused exec: \"ip rule add from 10.0.0.0/8 table 7\": closlab reads ip address, ip route and ip link",
		"ip route add 10/8 via 10.0.0.1 table 7":                            "refused exec: \"ip route add 10/8 via 10.0.0.1 table 7\": closlab reads ip route add PREFIX via ADDRESS dev INTERFACE",
		"ip link set eth1 down":                                             "refused exec: \"ip link set eth1 down\": closlab reads links that are up, under the names of the topology, and no bridges or VRFs",
		"ip link set eth1 master br0":                                       "refused exec: \"ip link set eth1 master br0\": closlab reads links that are up, under the names of the topology, and no bridges or VRFs",
		"ip link add vx1 type vxlan id 1 dev eth1":                          "refused exec: \"ip link add vx1 type vxlan id 1 dev eth1\": closlab reads no interfaces beside links and dummies",
		"ip addr add 10.0.0.1/24 peer 10.0.0.9 dev eth1":                    "refused exec: \"ip addr add 10.0.0.1/24 peer 10.0.0.9 dev eth1\": closlab reads ip address add PREFIX dev INTERFACE",
	} {
		require.Equal(t, want, setup(strings.Split(commands, "\n")...), commands)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("name: x\ntopology: &t {nodes: {a: {exec: ['ip a a 1/1 dev x', 'sh -c \"a;b\"'], binds: ['a:/b']}}, <<: *t}\n"))
	f.Add([]byte("name: x\ntopology: {nodes: {a: , b: }, links: [{endpoints: ['a:e', {node: b, interface: e}]}]}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		top, err := clab.Read("x.clab.yml", text)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		require.NotEmpty(t, top.Nodes)
		for _, n := range top.Nodes {
			n.Setup()
			n.Bound("/etc/frr/frr.conf")
		}
	})
}

func FuzzSetup(f *testing.F) {
	f.Add("ip route add 10.9.0.0/16 nexthop via 10.0.0.1 dev eth1 weight 1 nexthop via 10.0.1.1 dev eth2")
	f.Add(`bash -c "ip a a 1.2.3.4 dev lo && ip r a 0/0 via inet 1.1.1.1"`)
	f.Fuzz(func(t *testing.T, text string) {
		s, _ := (&clab.Node{Exec: []clab.Command{{Text: text}}}).Setup()
		for _, a := range s.Addrs {
			require.True(t, a.Prefix.IsValid())
		}
		for _, r := range s.Routes {
			require.True(t, r.Prefix.IsValid())
			require.Equal(t, r.Prefix.Masked(), r.Prefix)
		}
	})
}
