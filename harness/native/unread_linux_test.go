package native_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/gate"
)

// unread returns the small fabric with a spine that runs EOS, which closlab does not read, with a line of its own.
func unread(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "policy"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "fabric.yaml"), []byte(`
name: unread
tiers:
  spine: {count: 1, asn: 65000, engine: native, kind: arista_ceos, image: "closlab/standin-arista_ceos:test", config: "{node}.eos.conf"}
  leaf: {count: 2, asn_from: 65101, owns: racks}
prefixes: {racks: {block: 10.20.0.0/16, each: 24}}
links: [{from: leaf, to: spine}]
invariants:
  - {name: everyone-home, reach: {from: leaf, to: racks}}
  - {name: sessions-up, sessions: leaf}
`), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "policy", "spine1.eos.conf"), []byte(eosSpine), 0o644))
	return dir
}

const eosSpine = `hostname spine1
interface Ethernet1
   ip address 100.64.0.1/31
   ipv6 address fd00:64::1/127
interface Ethernet2
   ip address 100.64.0.3/31
   ipv6 address fd00:64::3/127
interface Loopback0
   ip address 10.255.0.1/32
   ipv6 address fd00:255::1/128
ip route 10.20.0.1/32 100.64.0.0
ip route 10.20.1.1/32 100.64.0.2
ip prefix-list RACKS seq 10 permit 10.20.0.0/16 le 24
route-map RACKS permit 10
   match ip address prefix-list RACKS
router bgp 65000
   router-id 10.255.0.1
   neighbor 100.64.0.0 remote-as 65101
   neighbor 100.64.0.2 remote-as 65102
   neighbor fd00:64:: remote-as 65101
   neighbor fd00:64::2 remote-as 65102
   address-family ipv4 unicast
      neighbor 100.64.0.0 route-map RACKS in
      neighbor 100.64.0.0 route-map RACKS out
      neighbor 100.64.0.2 route-map RACKS in
      neighbor 100.64.0.2 route-map RACKS out
`

// Where closlab does not read what a router runs, it says Pass by what it saw alone, Reject with what is gone, and Unknown if the router does
// not hold what it was given.
func TestCandidatesForARouterThatIsNotRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		old, now string
		want     gate.Outcome
		says     string
	}{
		"a harmless line":                  {"seq 10 permit 10.20.0.0/16 le 24", "seq 10 permit 10.20.0.0/16 le 25", gate.Pass, ""},
		"racks that are no longer let out": {"seq 10 permit 10.20.0.0/16 le 24", "seq 10 permit 10.20.0.0/24", gate.Reject, ""},
		"a line that is refused":           {"hostname spine1", "hostname spine1\nrefused", gate.Unknown, "% Invalid input (at token 0: 'refused')"},
		"a line that is ignored":           {"hostname spine1", "hostname spine1\nsnmp-server location here", gate.Unknown, `the router does not hold "snmp-server location here"`},
		"a command":                        {"hostname spine1", "hostname spine1\nbash id", gate.Unknown, "line 2: bash: refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			v := natively(t, ctx, "netns", unread(t), map[string]string{"spine1.eos.conf": strings.Replace(eosSpine, test.old, test.now, 1)})
			require.Equal(t, test.want, v.Outcome, v.Unknowns)
			require.Contains(t, v.Evidence.String(), "not predicted: spine1 (arista_ceos), observed: netns")
			require.Contains(t, strings.Join(v.Unknowns, "\n"), test.says)
			require.Equal(t, test.want != gate.Unknown, v.Restored)
		})
	}
}
