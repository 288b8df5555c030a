package survey_test

import "fmt"

// anycast is two leaves of different ASs that announce the same prefix to a spine which balances over paths of one AS only, and to one that balances over
// all of them.
var anycast = files{
	"lab.clab.yml": `name: anycast
topology:
  defaults: {kind: linux}
  nodes:
    strict: {binds: ["strict.conf:/etc/frr/frr.conf"]}
    relaxed: {binds: ["relaxed.conf:/etc/frr/frr.conf"]}
    leaf1: {binds: ["leaf1.conf:/etc/frr/frr.conf"]}
    leaf2: {binds: ["leaf2.conf:/etc/frr/frr.conf"]}
    leaf3: {binds: ["leaf3.conf:/etc/frr/frr.conf"]}
  links:
    - endpoints: ["strict:eth1", "leaf1:eth1"]
    - endpoints: ["strict:eth2", "leaf2:eth1"]
    - endpoints: ["strict:eth3", "leaf3:eth1"]
    - endpoints: ["relaxed:eth1", "leaf1:eth2"]
    - endpoints: ["relaxed:eth2", "leaf2:eth2"]
    - endpoints: ["relaxed:eth3", "leaf3:eth2"]
`,
	"strict.conf":  anycastSpine("10.0.0.101", ""),
	"relaxed.conf": anycastSpine("10.0.0.102", " bgp bestpath as-path multipath-relax\n"),
	"leaf1.conf":   anycastLeaf(1, 65001),
	"leaf2.conf":   anycastLeaf(2, 65002),
	"leaf3.conf":   anycastLeaf(3, 65002),
}

func anycastSpine(id, more string) string {
	return "frr defaults datacenter\nrouter bgp 65000\n bgp bestpath compare-routerid\n bgp router-id " + id + "\n" + more +
		" neighbor eth1 interface remote-as external\n neighbor eth2 interface remote-as external\n neighbor eth3 interface remote-as external\n"
}

func anycastLeaf(i, as int) string {
	return fmt.Sprintf(`frr defaults datacenter
interface lo
 ip address 10.0.0.%d/32
 ip address 10.9.9.9/32
router bgp %d
 bgp router-id 10.0.0.%[1]d
 bgp bestpath as-path multipath-relax
 neighbor eth1 interface remote-as 65000
 neighbor eth2 interface remote-as 65000
 address-family ipv4 unicast
  network 10.9.9.9/32
  network 10.0.0.%[1]d/32
`, i, as)
}

// reflector is an AS with a route reflector between a border router, which says next-hop-self, and one that learns of the outside over iBGP alone.
var reflector = files{
	"lab.clab.yml": `name: reflector
topology:
  defaults: {kind: linux}
  nodes:
    outside: {binds: ["outside.conf:/etc/frr/frr.conf"]}
    border: {binds: ["border.conf:/etc/frr/frr.conf"]}
    rr: {binds: ["rr.conf:/etc/frr/frr.conf"]}
    inner: {binds: ["inner.conf:/etc/frr/frr.conf"]}
  links:
    - endpoints: ["outside:eth1", "border:eth1"]
    - endpoints: ["border:eth2", "rr:eth1"]
    - endpoints: ["rr:eth2", "inner:eth1"]
`,
	"outside.conf": `frr defaults datacenter
interface lo
 ip address 198.51.100.1/24
interface eth1
 ip address 10.0.1.1/30
router bgp 64500
 bgp router-id 10.0.0.1
 neighbor 10.0.1.2 remote-as 65000
 address-family ipv4 unicast
  network 198.51.100.0/24
`,
	"border.conf": `frr defaults datacenter
interface eth1
 ip address 10.0.1.2/30
interface eth2
 ip address 10.0.2.1/24
router bgp 65000
 bgp router-id 10.0.0.2
 neighbor 10.0.1.1 remote-as external
 neighbor 10.0.2.2 remote-as internal
 address-family ipv4 unicast
  neighbor 10.0.2.2 next-hop-self
  neighbor 10.0.1.1 route-map DEARER in
route-map DEARER permit 10
 set local-preference 50
`,
	"rr.conf": `frr defaults datacenter
interface eth1
 ip address 10.0.2.2/24
interface eth2
 ip address 10.0.3.1/24
router bgp 65000
 bgp router-id 10.0.0.3
 neighbor 10.0.2.1 remote-as internal
 neighbor CLIENTS peer-group
 neighbor CLIENTS remote-as internal
 bgp listen range 10.0.3.0/24 peer-group CLIENTS
 address-family ipv4 unicast
  network 10.0.2.0/24
  neighbor 10.0.2.1 route-reflector-client
  neighbor CLIENTS route-reflector-client
`,
	"inner.conf": `frr defaults datacenter
interface lo
 ip address 10.0.9.1/32
interface eth1
 ip address 10.0.3.2/24
router bgp 65000
 bgp router-id 10.0.0.4
 neighbor 10.0.3.1 remote-as internal
 address-family ipv4 unicast
  redistribute connected
`,
}
