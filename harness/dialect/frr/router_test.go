package frr_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/frr"
)

const whole = `frr version 10.2.1
frr defaults datacenter
hostname leaf1
no ipv6 forwarding
!
interface lo
 ip address 10.0.0.1/32
 ipv6 address 2001:db8::1/128
exit
!
interface eth1
 description to spine1
 ip address 10.1.0.1/31
 ip ospf area 0
!
interface eth2 vrf RED
ip address 10.2.0.1/24
no ip address 10.2.0.1/24
ip address 10.2.0.2/24
shutdown
!
vrf RED
 ip route 10.9.0.0/16 10.2.0.9
exit-vrf
!
ip route 10.3.0.0/16 10.1.0.0 eth1 200 tag 7
ip route 10.4.0.0 255.255.0.0 Null0
ip route 10.5.0.0/16 10.1.0.0
no ip route 10.5.0.0/16 10.1.0.0
ipv6 route ::/0 eth1
ip route 10.9.0.0/16 10.2.0.9 vrf RED
ip route 10.6.0.0/16 10.1.0.0 label 17
!
router ospf
 network 10.0.0.0/8 area 0
!
router bgp 65001
 bgp router-id 10.0.0.1
 no bgp network import-check
 neighbor eth1 interface remote-as external
 neighbor 10.1.0.0 remote-as 65001
 bgp listen range 10.7.0.0/24 peer-group DYN
 neighbor DYN peer-group
 neighbor DYN remote-as external
 address-family ipv4 unicast
  network 10.0.0.1/32
  redistribute connected
  neighbor 10.1.0.0 route-reflector-client
  maximum-paths 4
  maximum-paths ibgp 2
 exit-address-family
exit
!
router bgp 65001 vrf RED
 bgp router-id 10.0.0.9
exit
!
route-map X permit 10
 set metric 5
exit
interface eth3
 ip address 10.3.0.1/24
`

func TestWhatARouterSaysBesidePolicy(t *testing.T) {
	t.Parallel()
	r, err := frr.ReadRouter("f", []byte(whole))
	require.NoError(t, err)
	var b strings.Builder
	fmt.Fprintf(&b, "id %s, as %d, same as %t, paths %v, clients %v, unchecked %v, no forwarding %v\n", r.ID, r.ASN, r.SameAS, r.MaxPaths, r.Clients, r.Unchecked, r.Unforwards)
	for _, i := range r.Interfaces {
		fmt.Fprintf(&b, "%d %s %s down=%t", i.Pos.Line, i.Name, i.VRF, i.Shutdown)
		for _, a := range i.Addrs {
			fmt.Fprintf(&b, " %s", a.Prefix)
		}
		b.WriteString("\n")
	}
	for _, s := range r.Statics {
		fmt.Fprintf(&b, "%d %s via %s %s drop=%t distance=%d tag=%d\n", s.Pos.Line, s.Prefix, s.Via, s.Port, s.Drop, s.Distance, s.Tag)
	}
	fmt.Fprintln(&b, r.Networks[0], r.Redistribute[0], r.Listens)
	for _, o := range r.Others {
		fmt.Fprintln(&b, o)
	}
	for _, p := range r.Unread {
		fmt.Fprintln(&b, "unread", p)
	}
	require.Equal(t, `id 10.0.0.1, as 65001, same as true, paths [[4 2] [0 0]], clients [10.1.0.0], unchecked f:39, no forwarding [ f:4]
6 lo  down=false 10.0.0.1/32 2001:db8::1/128
11 eth1  down=false 10.1.0.1/31
16 eth2 RED down=true 10.2.0.2/24
61 eth3  down=false 10.3.0.1/24
26 10.3.0.0/16 via 10.1.0.0 eth1 drop=false distance=200 tag=7
27 10.4.0.0/16 via invalid IP  drop=true distance=1 tag=0
30 ::/0 via invalid IP eth1 drop=false distance=1 tag=0
[{10.0.0.1/32  f:46}] [{invalid Prefix connected f:47}] [10.7.0.0/24]
f:14: ip ospf area 0
f:34: router ospf
unread f:32: ip route 10.6.0.0/16 10.1.0.0 label 17: label is not modelled
`, b.String())
}

// Before 7.4 traditional routers announced networks that they have no route to.
func TestNetworksOfOldRoutersAreNotChecked(t *testing.T) {
	t.Parallel()
	for text, unchecked := range map[string]bool{
		"frr version 7.3\nfrr defaults traditional\nrouter bgp 1\n":                            true,
		"frr version 7.3\nfrr defaults datacenter\nrouter bgp 1\n":                             false,
		"frr version 7.3\nfrr defaults traditional\nrouter bgp 1\n bgp network import-check\n": false,
		"frr version 8.4\nrouter bgp 1\n":                                                      false,
		"frr version 8.4\nrouter bgp 1\n no bgp network import-check\n":                        true,
	} {
		r, err := frr.ReadRouter("f", []byte(text))
		require.NoError(t, err)
		require.Equal(t, unchecked, r.Unchecked.Line > 0, text)
	}
}

func FuzzReadRouter(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("interface\nip address\nip route 1.1.1.1 1.1.1.1 1\nip route\nrouter-id\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := frr.ReadRouter("f", text)
		if err != nil {
			return
		}
		for _, s := range r.Statics {
			require.Equal(t, s.Prefix.Masked(), s.Prefix)
		}
	})
}
