package candidate

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
)

// Whole frr.conf files of routers, as they are: with what concerns other daemons and neighbours that the fabric does not have.
const spineRouter = `frr version 8.4.4
frr defaults datacenter
hostname spine1
log syslog informational
service integrated-vtysh-config
!
password secret
!
interface lo
 ip address 10.255.0.1/32
 ip ospf area 0
exit
!
ip route 192.0.2.0/24 blackhole
ip prefix-list RACKS seq 5 permit 10.20.0.0/16 le 24
ipv6 prefix-list RACKS seq 5 permit fd00:20::/48 le 64
bgp community-list standard DRAINED seq 5 permit 65000:99
!
router bgp 65000
 bgp router-id 10.255.0.1
 bgp bestpath as-path multipath-relax
 neighbor LEAVES peer-group
 neighbor LEAVES remote-as external
 neighbor LEAVES bfd
 neighbor LEAVES timers 3 9
 neighbor 100.64.0.1 peer-group LEAVES
 neighbor 100.64.0.3 peer-group LEAVES
 neighbor fd00:64::1 peer-group LEAVES
 neighbor fd00:64::3 peer-group LEAVES
 neighbor 192.0.2.99 remote-as 65000
 neighbor 192.0.2.99 description route collector, none of the fabric's
 neighbor 192.0.2.99 allowas-in
 !
 address-family ipv4 unicast
  neighbor LEAVES route-map LEAVES-IN in
  neighbor 100.64.0.3 route-map LEAF2-OUT out
  no neighbor fd00:64::1 activate
  no neighbor fd00:64::3 activate
  maximum-paths 16
 exit-address-family
 !
 address-family ipv6 unicast
  neighbor LEAVES activate
  no neighbor 100.64.0.1 activate
  no neighbor 100.64.0.3 activate
  neighbor LEAVES route-map LEAVES6-IN in
 exit-address-family
 !
 address-family l2vpn evpn
  neighbor LEAVES activate
  advertise-all-vni
 exit-address-family
exit
!
route-map LEAVES-IN deny 10
 match community DRAINED
exit
!
route-map LEAVES-IN permit 20
 match ip address prefix-list RACKS
exit
!
route-map LEAVES6-IN permit 10
 match ipv6 address prefix-list RACKS
exit
!
route-map LEAF2-OUT permit 10
 match ip address prefix-list RACKS
exit
!
router ospf
 ospf router-id 10.255.0.1
 network 10.255.0.0/16 area 0
exit
!
line vty
exit
`

const leafRouter = `frr defaults traditional
router bgp 65101
 neighbor SPINES peer-group
 neighbor SPINES remote-as 65000
 bgp listen range 100.64.0.0/16 peer-group SPINES
 bgp listen range fd00:64::/48 peer-group SPINES
 address-family ipv4 unicast
  neighbor SPINES route-map ALL in
 exit-address-family
 address-family ipv6 unicast
  neighbor SPINES activate
 exit-address-family
exit
route-map ALL permit 10
exit
`

// routers is a spine and two leaves, of which the spine and the first leaf have their whole configurations.
func routers(spine, leaf1 string) files {
	return files{
		"fabric.yaml": `
name: routers
tiers:
  spine: {count: 1, asn: 65000, engine: frr}
  leaf: {count: 2, asn_from: 65101, engine: frr}
links:
  - {from: spine, to: leaf}
policy:
  - {at: spine1, file: spine1.frr.conf}
  - {at: leaf1, file: leaf1.frr.conf}
`,
		"policy/spine1.frr.conf": spine,
		"policy/leaf1.frr.conf":  leaf1,
	}
}

// decisions returns what a router does with a rack and with another prefix, by neighbour and direction.
func decisions(t *testing.T, b *Base, node string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, s := range b.Fabric.Sessions {
		if s.Node != node {
			continue
		}
		for fam, prefixes := range map[fabric.Family][2]string{fabric.V4: {"10.20.1.0/24", "192.0.2.0/24"}, fabric.V6: {"fd00:20:0:1::/64", "2001:db8::/32"}} {
			for dir, c := range map[string]policy.Chain{"in": s.In[fam], "out": s.Out[fam]} {
				env := policy.Env{Direction: map[string]policy.Direction{"in": policy.Import, "out": policy.Export}[dir], Peer: s.Remote[fam]}
				var got []string
				for _, p := range prefixes {
					r := policy.Route{Prefix: netip.MustParsePrefix(p), External: true, Neighbor: netip.MustParseAddr("100.64.0.9"), LocalPref: 100}
					got = append(got, policy.Apply(c, r, env).Decision.String())
				}
				out[s.Peer+" "+fam.String()+" "+dir] = strings.Join(got, ", ")
			}
		}
	}
	return out
}

// A router's own frr.conf governs all its sessions: by the neighbor's statements, those of its peer-group, those of the peer-group that listens for it,
// and, where none names a route-map, the profile: datacenter accepts, traditional rejects (RFC 8212).
func TestWholeRouters(t *testing.T) {
	t.Parallel()
	b, err := Load(routers(spineRouter, leafRouter).folder(t))
	require.NoError(t, err)
	const all, racks, none = "accept, accept", "accept, reject", "reject, reject"
	require.Equal(t, map[string]string{
		"leaf1 inet in": racks, "leaf1 inet6 in": racks, "leaf2 inet in": racks, "leaf2 inet6 in": racks,
		"leaf1 inet out": all, "leaf1 inet6 out": all, "leaf2 inet out": racks, "leaf2 inet6 out": all,
	}, decisions(t, b, "spine1"))
	require.Equal(t, map[string]string{"spine1 inet in": all, "spine1 inet out": none, "spine1 inet6 in": none, "spine1 inet6 out": none}, decisions(t, b, "leaf1"))

	b, err = Load(routers(strings.Replace(spineRouter, "datacenter", "traditional", 1), strings.Replace(leafRouter, "router bgp 65101", "router bgp 65101\n no bgp ebgp-requires-policy", 1)).folder(t))
	require.NoError(t, err)
	require.Equal(t, none, decisions(t, b, "spine1")["leaf1 inet out"])
	require.Equal(t, racks, decisions(t, b, "spine1")["leaf2 inet out"])
	require.Equal(t, all, decisions(t, b, "leaf1")["spine1 inet6 out"])
}

// What closlab cannot judge of a neighbor that the fabric has is an error; of another one, it is a warning of lint.
func TestNeighborsAreJudgedOneByOne(t *testing.T) {
	t.Parallel()
	b, err := Load(routers(spineRouter, leafRouter).folder(t))
	require.NoError(t, err)
	var lint []string
	for _, f := range b.Lint() {
		lint = append(lint, f.String())
	}
	require.Contains(t, strings.Join(lint, "\n"), "neighbor 192.0.2.99: allowas-in is not modelled and could change routes (unread)")
	_, err = Load(routers(strings.Replace(spineRouter, "192.0.2.99 allowas-in", "LEAVES allowas-in", 1), leafRouter).folder(t))
	require.ErrorContains(t, err, "neighbor 100.64.0.1: allowas-in is not modelled and could change routes")
	require.NotContains(t, err.Error(), "192.0.2.99")
	_, err = Load(routers(spineRouter, strings.ReplaceAll(leafRouter, "100.64.0.0/16", "100.64.1.0/24")).folder(t))
	require.ErrorContains(t, err, "leaf1: no BGP neighbour 100.64.0.0 in leaf1.frr.conf: name a group, or in and out")
}

// A neighbor without an address goes by its interface.
func TestUnnumberedNeighbors(t *testing.T) {
	t.Parallel()
	f := routers(spineRouter, `router bgp 65101
 no bgp ebgp-requires-policy
 neighbor eth0 interface remote-as external
 neighbor eth0 route-map NONE out
 address-family ipv6 unicast
  neighbor eth0 activate
route-map NONE deny 10
`)
	f["fabric.yaml"] = strings.Replace(f["fabric.yaml"], "file: leaf1.frr.conf}", "file: leaf1.frr.conf, toward: spine1, neighbor: eth0}", 1)
	b, err := Load(f.folder(t))
	require.NoError(t, err)
	require.Equal(t, "reject, reject", decisions(t, b, "leaf1")["spine1 inet out"])
	require.Equal(t, "accept, accept", decisions(t, b, "leaf1")["spine1 inet6 out"])
	f["fabric.yaml"] = strings.Replace(f["fabric.yaml"], "neighbor: eth0", "neighbor: eth1", 1)
	_, err = Load(f.folder(t))
	require.ErrorContains(t, err, `leaf1: no BGP neighbour "eth1" in leaf1.frr.conf: mend the name`)
}

// A router balances over equal paths as its text says, which is not through different ASs unless it says so.
func TestRoutersBalanceAsTheirTextsSay(t *testing.T) {
	t.Parallel()
	for edit, want := range map[[2]string]fabric.Multipath{
		{}: fabric.AnyAS,
		{" bgp bestpath as-path multipath-relax\n", ""}: fabric.OneAS,
		{"  maximum-paths 16\n", "  maximum-paths 2\n"}: fabric.AnyAS,
	} {
		b, err := Load(routers(strings.Replace(spineRouter, edit[0], edit[1], 1), leafRouter).folder(t))
		require.NoError(t, err)
		require.Equal(t, want, b.Fabric.Node("spine1").Paths, edit)
		require.Equal(t, fabric.AnyAS, b.Fabric.Node("leaf1").Paths, "it has one neighbour")
	}
	_, err := Load(routers(strings.Replace(spineRouter, "maximum-paths 16", "maximum-paths 1", 1), leafRouter).folder(t))
	require.ErrorContains(t, err, "spine1: maximum-paths 1 for some routes and more for others is not modelled")
	both := strings.Replace(spineRouter, "maximum-paths 16", "maximum-paths 1", 1)
	both = strings.Replace(both, "  neighbor LEAVES route-map LEAVES6-IN in\n", "  neighbor LEAVES route-map LEAVES6-IN in\n  maximum-paths 1\n", 1)
	b, err := Load(routers(both, leafRouter).folder(t))
	require.NoError(t, err)
	require.Equal(t, fabric.OnePath, b.Fabric.Node("spine1").Paths)
}
