package survey_test

// numbered is a leaf with a host below a border router, in both families.
var numbered = files{
	"lab.clab.yml": `name: numbered lab
topology:
  defaults: {kind: linux, network-mode: none}
  nodes:
    leaf: {group: leaves, binds: ["leaf:/etc/frr"]}
    border: {binds: ["border.conf:/etc/frr/frr.conf", "daemons:/etc/frr/daemons"]}
    pc:
      exec:
        - ip addr add 10.1.1.2/24 dev eth1
        - ip -6 addr add 2001:db8:1::2/64 dev eth1
        - ip route replace default via 10.1.1.1
        - ip -6 route replace default via 2001:db8:1::1
  links:
    - endpoints: ["leaf:eth1", "border:eth1"]
    - endpoints: ["leaf:eth2", "pc:eth1"]
`,
	"daemons": "bgpd=yes\nospfd=no\n",
	"leaf/frr.conf": `frr defaults datacenter
interface lo
 ip address 10.0.0.1/32
interface eth1
 ip address 10.0.1.1/31
 ipv6 address 2001:db8:f::1/127
interface eth2
 ip address 10.1.1.1/24
 ipv6 address 2001:db8:1::1/64
ip route 10.1.0.0/16 Null0
router bgp 65001
 neighbor 10.0.1.0 remote-as 65000
 neighbor 2001:db8:f:: remote-as external
 address-family ipv4 unicast
  network 10.1.0.0/16
  network 10.77.0.0/16
  no neighbor 2001:db8:f:: activate
 exit-address-family
 address-family ipv6 unicast
  redistribute connected
  neighbor 2001:db8:f:: activate
`,
	"border.conf": `frr defaults datacenter
interface lo
 ip address 10.0.0.9/32
interface eth1
 ip address 10.0.1.0/31
 ipv6 address 2001:db8:f::/127
ip route 10.0.0.1/32 10.0.1.1 tag 5
router ospf
router bgp 65000
 bgp bestpath as-path multipath-relax
 neighbor LEAVES peer-group
 neighbor LEAVES remote-as external
 bgp listen range 10.0.1.0/24 peer-group LEAVES
 neighbor 2001:db8:f::1 remote-as 65001
 no bgp network import-check
 address-family ipv4 unicast
  network 0.0.0.0/0
  no neighbor 2001:db8:f::1 activate
 exit-address-family
 address-family ipv6 unicast
  neighbor 2001:db8:f::1 activate
`,
}

// unnumbered is two leaves below a spine whose sessions are known by their interfaces.
var unnumbered = files{
	"lab.clab.yml": `name: unnumbered
topology:
  kinds: {linux: {image: frr}}
  nodes:
    spine: {kind: linux, binds: ["spine.conf:/etc/frr/frr.conf"]}
    leaf1: {kind: linux, binds: ["leaf.conf:/etc/frr/frr.conf"]}
    leaf2: {kind: linux, binds: ["leaf2.conf:/etc/frr/frr.conf"]}
  links:
    - endpoints: ["spine:swp1", "leaf1:eth1"]
    - endpoints: ["spine:swp2", "leaf2:eth1"]
`,
	"spine.conf": `router bgp 65000
 bgp router-id 10.0.0.100
 no bgp ebgp-requires-policy
 neighbor swp1 interface remote-as external
 neighbor swp2 interface remote-as external
`,
	"leaf.conf": `interface lo
 ip address 10.0.0.1/32
router bgp 65001
 no bgp ebgp-requires-policy
 neighbor eth1 interface remote-as 65000
 address-family ipv4 unicast
  network 10.0.0.1/32
`,
	"leaf2.conf": `interface lo
 ip address 10.0.0.2/32
router bgp 65002
 no bgp ebgp-requires-policy
 neighbor eth1 interface remote-as internal
`,
}
