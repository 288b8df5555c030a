package survey_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/clab"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/survey"
)

// files are those of a lab: its topology is lab.clab.yml.
type files map[string]string

func (f files) open(name string) (string, []byte, error) {
	text, ok := f[name]
	if !ok {
		return "", nil, errors.New("file does not exist")
	}
	return name, []byte(text), nil
}

func (f files) draw() (*survey.Lab, error) {
	text := []byte(f["lab.clab.yml"])
	top, err := clab.Read("lab.clab.yml", text)
	if err != nil {
		return nil, err
	}
	return survey.Draw(top, text, "", f.open)
}

// with returns the lab with other files.
func (f files) with(edits ...string) files {
	out := files{}
	for name, text := range f {
		out[name] = text
	}
	for i := 0; i+2 < len(edits); i += 3 {
		if !strings.Contains(out[edits[i]], edits[i+1]) {
			panic("no such text: " + edits[i+1])
		}
		out[edits[i]] = strings.ReplaceAll(out[edits[i]], edits[i+1], edits[i+2])
	}
	return out
}

// dump tells all that was drawn.
func dump(l *survey.Lab) string {
	var b strings.Builder
	for _, n := range l.Plan.Nodes {
		fmt.Fprintf(&b, "%s %s tier=%s as=%d id=%s addrs=%v paths=%q reflects=%t engine=%s\n", n.Role, n.Name, n.Tier, n.ASN, n.RouterID, n.Addrs, n.Paths, n.Reflects, n.Engine)
		for _, r := range n.Routes {
			fmt.Fprintf(&b, "  %s %s via=%v drop=%t tag=%d (%s)\n", r.Prefix, r.Protocol, r.Via, r.Drop, r.Tag, r.Pos)
		}
	}
	for _, x := range l.Plan.Links {
		fmt.Fprintf(&b, "link %s:%s %s:%s %v\n", x.From, x.Ports[0], x.To, x.Ports[1], x.Addrs)
	}
	for _, s := range l.Plan.Sessions {
		fmt.Fprintf(&b, "session %s %s %d %d %v %v", s.Node, s.Peer, s.LocalAS, s.PeerAS, s.Local, s.Remote)
		for _, x := range s.Binding {
			if x != nil {
				fmt.Fprintf(&b, " [%s neighbor=%q group=%q %s]", x.File, x.Neighbor, x.Group, x.Pos)
			}
		}
		b.WriteString("\n")
	}
	for _, n := range l.Notes {
		fmt.Fprintln(&b, n)
	}
	return b.String()
}

func TestALabIsDrawnAsItIsDescribed(t *testing.T) {
	t.Parallel()
	lab, err := numbered.draw()
	require.NoError(t, err)
	require.Equal(t, "numbered-lab", lab.Plan.Name)
	require.Equal(t, []string{"leaf/frr.conf", "border.conf"}, lab.Files)
	require.Equal(t, `router leaf tier=leaves as=65001 id=10.0.0.1 addrs=[10.0.0.1 2001:db8:f::1] paths="all equal paths" reflects=false engine=frr
  10.0.1.0/31 direct via=[border] drop=false tag=0 (leaf/frr.conf:5)
  10.1.1.0/24 direct via=[pc] drop=false tag=0 (leaf/frr.conf:8)
  2001:db8:f::/127 direct via=[border] drop=false tag=0 (leaf/frr.conf:6)
  2001:db8:1::/64 direct via=[pc] drop=false tag=0 (leaf/frr.conf:9)
  10.0.0.1/32 direct via=[] drop=false tag=0 (leaf/frr.conf:3)
  10.1.0.0/16 static via=[] drop=true tag=0 (leaf/frr.conf:10)
router border tier= as=65000 id=10.0.0.9 addrs=[10.0.0.9 2001:db8:f::] paths="all equal paths" reflects=false engine=frr
  10.0.1.0/31 direct via=[leaf] drop=false tag=0 (border.conf:5)
  2001:db8:f::/127 direct via=[leaf] drop=false tag=0 (border.conf:6)
  10.0.0.9/32 direct via=[] drop=false tag=0 (border.conf:3)
  10.0.0.1/32 static via=[leaf] drop=false tag=5 (border.conf:7)
  0.0.0.0/0 bgp via=[] drop=false tag=0 (border.conf:17)
host pc tier=hosts as=0 id=invalid IP addrs=[10.1.1.2 2001:db8:1::2] paths="all equal paths" reflects=false engine=
  10.1.1.0/24 direct via=[leaf] drop=false tag=0 (lab.clab.yml:9)
  2001:db8:1::/64 direct via=[leaf] drop=false tag=0 (lab.clab.yml:10)
  0.0.0.0/0 static via=[leaf] drop=false tag=0 (lab.clab.yml:11)
  ::/0 static via=[leaf] drop=false tag=0 (lab.clab.yml:12)
link leaf:eth1 border:eth1 [[10.0.1.1 10.0.1.0] [2001:db8:f::1 2001:db8:f::]]
link leaf:eth2 pc:eth1 [[10.1.1.1 10.1.1.2] [2001:db8:1::1 2001:db8:1::2]]
session leaf border 65001 65000 [10.0.1.1 2001:db8:f::1] [10.0.1.0 2001:db8:f::] [leaf/frr.conf neighbor="" group="" leaf/frr.conf:12] [leaf/frr.conf neighbor="" group="" leaf/frr.conf:13]
session border leaf 65000 65001 [10.0.1.0 2001:db8:f::] [10.0.1.1 2001:db8:f::1] [border.conf neighbor="" group="LEAVES" border.conf:11] [border.conf neighbor="" group="" border.conf:14]
border.conf:8: note: router ospf: ospfd is not started (lab)
leaf/frr.conf:16: warning: leaf: network 10.77.0.0/16 announces nothing: there is no connected or static route to it (lab)
`, dump(lab))
}

func TestSessionsBetweenInterfaces(t *testing.T) {
	t.Parallel()
	lab, err := unnumbered.draw()
	require.NoError(t, err)
	require.Len(t, lab.Plan.Sessions, 2, "leaf2 takes the spine for one of its own AS")
	s := lab.Plan.Sessions[0]
	require.Equal(t, fabric.Unnumbered(0)[fabric.V4][1], s.Remote[fabric.V4])
	require.False(t, s.Remote[fabric.V6].IsValid(), "the family is not activated")
	require.Equal(t, "swp1", s.Binding[fabric.V4].Neighbor)
	require.Contains(t, dump(lab), "leaf2.conf:5: warning: neighbor eth1: it is in AS 65000, which is not what is said here: the session does not come up (lab)")

	lab, err = unnumbered.with("leaf2.conf", "internal", "external").draw()
	require.NoError(t, err)
	require.Len(t, lab.Plan.Sessions, 4)
	require.Equal(t, fabric.OneAS, lab.Plan.Nodes[0].Paths, "without multipath-relax")
	lab, err = unnumbered.with("leaf2.conf", "internal", "external", "spine.conf", " no bgp ebgp", " maximum-paths 1\n no bgp ebgp").draw()
	require.NoError(t, err)
	require.Equal(t, fabric.OnePath, lab.Plan.Nodes[0].Paths)
}

// What could be read wrongly is refused where it stands.
func TestWhatALabCannotBeDrawnOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lab  files
		want string
	}{
		"another protocol":       {numbered.with("daemons", "ospfd=no", "ospfd=yes"), "border.conf:8: router ospf: routes of other protocols than BGP are not modelled"},
		"no bgpd":                {numbered.with("daemons", "bgpd=yes", "bgpd=no"), "border.conf:9: router bgp, but the daemons file of border does not start bgpd"},
		"a switch":               {numbered.with("lab.clab.yml", "    pc:\n", "    br0: {kind: bridge}\n    pc:\n"), "node br0: kind bridge: closlab models links of two ends"},
		"another kind":           {numbered.with("lab.clab.yml", "    pc:\n", "    srl: {kind: nokia_srlinux}\n    pc:\n"), "node srl: kind nokia_srlinux"},
		"a missing file":         {numbered.with("lab.clab.yml", "border.conf", "lost.conf"), "lab.clab.yml:6: node border: its configuration lost.conf: file does not exist"},
		"a file elsewhere":       {numbered.with("lab.clab.yml", "border.conf", "../border.conf"), "lies outside the topology's folder"},
		"nothing to judge":       {numbered.with("lab.clab.yml", "/etc/frr", "/etc/bird"), "lab.clab.yml: no node has a file bound to /etc/frr/frr.conf"},
		"a VRF":                  {numbered.with("leaf/frr.conf", "interface eth2", "interface eth2 vrf RED"), "leaf/frr.conf:7: interface eth2 is in VRF RED"},
		"a shut link":            {numbered.with("leaf/frr.conf", "interface eth2", "interface eth2\n shutdown"), "interface eth2 is shut down"},
		"two addresses":          {numbered.with("leaf/frr.conf", "interface eth2", "interface eth2\n ip address 10.1.2.1/24"), "interface eth2 of leaf has two addresses"},
		"parallel links":         {numbered.with("lab.clab.yml", "  links:", "  links:\n    - endpoints: [\"leaf:eth8\", \"border:eth8\"]"), "parallel links are not modelled"},
		"a loopback session":     {numbered.with("leaf/frr.conf", "neighbor 10.0.1.0 remote", "neighbor 10.0.0.9 remote"), "leaf/frr.conf:12: neighbor 10.0.0.9 is border, but at none of their links' addresses"},
		"a session with a host":  {numbered.with("leaf/frr.conf", "neighbor 10.0.1.0 remote", "neighbor 10.1.1.2 remote"), "neighbor 10.1.1.2 is pc, which has no frr.conf"},
		"IPv4 over IPv6":         {numbered.with("leaf/frr.conf", "  no neighbor 2001:db8:f:: activate\n", ""), "neighbor 2001:db8:f:: carries inet routes over another family"},
		"a far source":           {numbered.with("leaf/frr.conf", " neighbor 10.0.1.0 remote-as 65000", " neighbor 10.0.1.0 remote-as 65000\n neighbor 10.0.1.0 update-source lo"), "update-source lo"},
		"a floating route":       {numbered.with("leaf/frr.conf", "Null0", "Null0 250"), "static route to 10.1.0.0/16 with distance 250"},
		"a route to nobody":      {numbered.with("leaf/frr.conf", "Null0", "10.1.1.77"), "which no node has: packets would get lost on the link to pc"},
		"a recursive route":      {numbered.with("leaf/frr.conf", "Null0", "10.0.0.9"), "which is on none of its links"},
		"a route to a dummy":     {numbered.with("leaf/frr.conf", "Null0", "dum", "lab.clab.yml", "leaf: {", "leaf: {exec: [ip link add dum type dummy], "), "static route to 10.1.0.0/16 over dum, which is no link"},
		"no forwarding":          {numbered.with("leaf/frr.conf", "frr defaults", "no ip forwarding\nfrr defaults"), "leaf/frr.conf:1: leaf does not forward packets"},
		"no router id":           {unnumbered.with("spine.conf", " bgp router-id 10.0.0.100\n", ""), "spine.conf:1: spine: no router id"},
		"a cluster of a name":    {reflector.with("rr.conf", " bgp router-id 10.0.0.3\n", " bgp router-id 10.0.0.3\n bgp cluster-id 10.0.0.99\n"), "rr.conf:8: rr reflects for a cluster that it names"},
		"the same router id":     {unnumbered.with("spine.conf", "10.0.0.100", "10.0.0.2"), "leaf2.conf:3: leaf2 has the router id of spine, 10.0.0.2"},
		"steering commands":      {numbered.with("lab.clab.yml", "        - ip route replace", "        - iptables -P FORWARD DROP\n        - ip route replace"), "closlab does not read iptables"},
		"a policy not modelled":  {numbered.with("leaf/frr.conf", "  network 10.1.0.0/16", "  aggregate-address 10.0.0.0/8"), "aggregate-address"},
		"overlapping closlab's":  {unnumbered.with("leaf.conf", "10.0.0.1/32", "100.64.3.0/24"), "overlaps 100.64.0.0/10"},
		"half an unnumbered end": {unnumbered.with("leaf.conf", "router bgp", "interface eth1\n ip address 10.9.9.1/24\nrouter bgp"), "one end has an inet address and the other has none"},
	} {
		_, err := c.lab.draw()
		require.ErrorContains(t, err, c.want, name)
	}
}

// A router id that containerlab's address may decide is guessed where it does not get into the AS, and the routers that could go by it are marked.
func TestARouterIDThatNobodyChose(t *testing.T) {
	t.Parallel()
	anonymous := numbered.with("border.conf", " ip address 10.0.0.9/32\n", "", "leaf/frr.conf", " neighbor 10.0.1.0", " bgp bestpath compare-routerid\n neighbor 10.0.1.0")
	lab, err := anonymous.draw()
	require.NoError(t, err)
	require.NotContains(t, dump(lab), "no router id", "containerlab gives it no address")
	anonymous = anonymous.with("lab.clab.yml", "{kind: linux, network-mode: none}", "{kind: linux}")
	lab, err = anonymous.draw()
	require.NoError(t, err)
	require.Contains(t, dump(lab), "border.conf:8: note: border: no router id, which would follow from the address that containerlab gives it")
	require.Equal(t, "10.0.1.0", lab.Plan.Nodes[1].RouterID.String())
	require.False(t, lab.Plan.Nodes[0].Oldest, "it has one neighbor")

	lab, err = anonymous.with("lab.clab.yml", "    pc:\n", "    other: {binds: [\"other.conf:/etc/frr/frr.conf\"]}\n    pc:\n", "lab.clab.yml", "  links:\n", "  links:\n    - endpoints: [\"leaf:eth3\", \"other:eth1\"]\n",
		"other.conf", "", "router bgp 65000\n bgp router-id 10.0.0.3\n neighbor eth1 interface remote-as external\n", "leaf/frr.conf", " neighbor 10.0.1.0 remote", " neighbor eth3 interface remote-as external\n neighbor 10.0.1.0 remote").draw()
	require.NoError(t, err)
	require.True(t, lab.Plan.Nodes[0].Oldest, "it compares ids, and does not know one of them")

	_, err = anonymous.with("leaf/frr.conf", "65001", "65000", "border.conf", "LEAVES remote-as external", "LEAVES remote-as internal").draw()
	require.ErrorContains(t, err, "border.conf:8: border: no router id, which would follow from the address that containerlab gives it: say bgp router-id")
}

// A static route to the loopback leads nowhere.
func TestARouteIntoItself(t *testing.T) {
	t.Parallel()
	lab, err := numbered.with("leaf/frr.conf", "Null0", "lo").draw()
	require.NoError(t, err)
	require.Contains(t, dump(lab), "10.1.0.0/16 static via=[] drop=true")
}

// A container of FRR without a configuration runs no protocol; a session with it could not be known.
func TestAContainerOfFRRWithoutAConfiguration(t *testing.T) {
	t.Parallel()
	lab, err := numbered.with("lab.clab.yml", "    pc:\n", "    pc:\n      image: quay.io/frrouting/frr:10.2.1\n").draw()
	require.NoError(t, err)
	require.Contains(t, dump(lab), "lab.clab.yml:7: warning: node pc: no file is bound to /etc/frr/frr.conf, so it is taken for a host")
}

// A container with addresses on two links may be a router without a configuration.
func TestAHostWithTwoLinks(t *testing.T) {
	t.Parallel()
	lab, err := numbered.with("lab.clab.yml", "        - ip route replace", "        - ip addr add 10.1.2.2/24 dev eth2\n        - ip route replace", "lab.clab.yml", "  links:\n",
		"  links:\n    - endpoints: [\"border:eth2\", \"pc:eth2\"]\n").draw()
	require.NoError(t, err)
	require.Contains(t, dump(lab), "lab.clab.yml:7: warning: host pc has addresses on 2 links, between which its kernel may forward: closlab's hosts do not, so bind a frr.conf")
}

// What a configuration changes beside its policies is told, with its place.
func TestHowTwoNetworksDiffer(t *testing.T) {
	t.Parallel()
	was, err := numbered.draw()
	require.NoError(t, err)
	for name, c := range map[string]struct {
		lab  files
		want string
	}{
		"nothing":    {numbered, ""},
		"a network":  {numbered.with("leaf/frr.conf", "  network 10.1.0.0/16\n", ""), ""},
		"default":    {numbered.with("border.conf", "network 0.0.0.0/0", "network 0.0.0.0/1"), "border.conf:17: border: its own route to 0.0.0.0/1 comes"},
		"an address": {numbered.with("border.conf", "10.0.0.9/32", "10.0.0.8/32"), "border: its addresses changes"},
		"a neighbor": {numbered.with("border.conf", " neighbor 2001:db8:f::1 remote-as 65001\n", "", "border.conf", "  no neighbor 2001:db8:f::1 activate\n", "", "border.conf", "  neighbor 2001:db8:f::1 activate\n", ""), "its sessions change"},
	} {
		is, err := c.lab.draw()
		require.NoError(t, err, name)
		diff := was.Differs(is)
		if c.want == "" {
			require.Empty(t, diff, name)
			continue
		}
		require.Contains(t, diff.Error(), c.want, name)
	}
}
