package native_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/runtime/clab"
)

// blindSpine is FRR's own configuration of a spine in a container that closlab takes for any: kind linux. Its daemons find their interfaces later:
// zebra 8.4 may then miss the link-local address that the kernel gives one, without which bgpd has no IPv6 session, so it gives one itself.
const blindSpine = `hostname spine1
interface eth1
 ip address 100.64.0.1/31
 ipv6 address fd00:64::1/127
 ipv6 address fe80::1/64
interface eth2
 ip address 100.64.0.3/31
 ipv6 address fd00:64::3/127
 ipv6 address fe80::2/64
interface lo
 ip address 10.255.0.1/32
 ipv6 address fd00:255::1/128
ip route 10.20.0.1/32 100.64.0.0
ip route 10.20.1.1/32 100.64.0.2
ip prefix-list RACKS seq 10 permit 10.20.0.0/16 le 24
route-map RACKS permit 10
 match ip address prefix-list RACKS
router bgp 65000
 bgp router-id 10.255.0.1
 neighbor LEAVES peer-group
 neighbor LEAVES timers connect 1
 neighbor 100.64.0.0 remote-as 65101
 neighbor 100.64.0.0 peer-group LEAVES
 neighbor 100.64.0.2 remote-as 65102
 neighbor 100.64.0.2 peer-group LEAVES
 neighbor fd00:64:: remote-as 65101
 neighbor fd00:64:: peer-group LEAVES
 neighbor fd00:64::2 remote-as 65102
 neighbor fd00:64::2 peer-group LEAVES
 address-family ipv4 unicast
  neighbor LEAVES route-map RACKS in
  neighbor LEAVES route-map RACKS out
  no neighbor fd00:64:: activate
  no neighbor fd00:64::2 activate
 exit-address-family
 address-family ipv6 unicast
  neighbor fd00:64:: activate
  neighbor fd00:64:: route-map RACKS in
  neighbor fd00:64:: route-map RACKS out
  neighbor fd00:64::2 activate
  neighbor fd00:64::2 route-map RACKS in
  neighbor fd00:64::2 route-map RACKS out
 exit-address-family
`

// A router of a kind whose commands closlab does not know boots with its configuration, in a new container for each. Its neighbours and packets
// tell what it does: a change passes by that alone, is rejected by it, and is Unknown where nothing shows that it was taken.
func TestAnyKindIsJudgedFromOutside(t *testing.T) {
	t.Parallel()
	require.NoError(t, clab.Images(t.Context(), func(string) {}))
	for name, test := range map[string]struct {
		change edit1
		want   gate.Outcome
		says   string
	}{
		"as it is meant":          {edit1{" match ip address prefix-list RACKS\n", " match ip address prefix-list RACKS\n set metric 7\n"}, gate.Pass, ""},
		"it breaks something":     {edit1{"permit 10.20.0.0/16 le 24", "permit 10.20.0.0/24"}, gate.Reject, ""},
		"a line that nobody runs": {edit1{"hostname spine1\n", "hostname spine1\nnonsense\n"}, gate.Unknown, "spine1: nothing that was seen of it is otherwise with its new configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 9*time.Minute)
			defer cancel()
			dir := small(t, "linux", "spine1.opaque", blindSpine, `image: "`+fabric.FRRImage+`", mount: /etc/frr/frr.conf`)
			require.Contains(t, blindSpine, test.change.old)
			v := natively(t, ctx, "clab", dir, map[string]string{"spine1.opaque": strings.Replace(blindSpine, test.change.old, test.change.now, 1)})
			require.Equal(t, test.want, v.Outcome, v.Unknowns)
			require.True(t, v.Restored)
			require.Contains(t, v.Evidence.String(), "not predicted: spine1 (linux), observed: clab gobgp 4.8.0 + linux (not asked)")
			require.Contains(t, strings.Join(v.Unknowns, "\n"), test.says)
			if test.want == gate.Reject {
				require.Contains(t, said(v.Steps[0].Findings), "everyone-home broken")
			}
		})
	}
}
