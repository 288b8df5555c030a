package native_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/gate"
)

// edit1 is a change of a text: old is replaced by now, once.
type edit1 struct{ old, now string }

// vendor is a kind with a configuration of its small spine, and changes of it in the vendor's own words.
type vendor struct {
	kind, file, config string
	intended           edit1 // adds a metric or a community
	narrow             edit1 // lets one rack through, and not the other
	refused, says      string
	unheld, lacks      string
	read               bool // closlab reads it
}

// change returns the configuration with an edit.
func (v *vendor) change(t *testing.T, e edit1) string {
	t.Helper()
	require.Contains(t, v.config, e.old)
	return strings.Replace(v.config, e.old, e.now, 1)
}

// named returns the configuration with another host-name, after which its stand-in has a whim.
func (v *vendor) named(t *testing.T, name string) string { return v.change(t, edit1{"spine1", name}) }

// small is a spine of a kind and two leaves.
func small(t *testing.T, kind, file, config, more string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "policy"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "fabric.yaml"), fmt.Appendf(nil, `
name: small-%s
tiers:
  spine: {count: 1, asn: 65000, engine: native, kind: %s, config: %q, %s}
  leaf: {count: 2, asn_from: 65101, owns: racks}
prefixes: {racks: {block: 10.20.0.0/16, each: 24}}
links: [{from: leaf, to: spine}]
invariants:
  - {name: everyone-home, reach: {from: leaf, to: racks}}
  - {name: sessions-up, sessions: leaf}
`, strings.ReplaceAll(kind, "_", "-"), kind, file, more), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "policy", file), []byte(config), 0o644))
	return dir
}

func (v *vendor) fabric(t *testing.T) string {
	return small(t, v.kind, v.file, v.config, fmt.Sprintf("image: %q", "closlab/standin-"+v.kind+":test"))
}

// vendors are the kinds whose commands closlab knows.
var vendors = []*vendor{
	{kind: "juniper_crpd", file: "spine1.junos.conf", read: true, config: `
system { host-name spine1; }
routing-options { router-id 10.255.0.1; autonomous-system 65000; }
policy-options {
    policy-statement RACKS { term RACKS { from { protocol bgp; route-filter 10.20.0.0/16 orlonger; } then { accept; } } term REST { then reject; } }
    community NEW members 65000:1;
}
protocols { bgp { group LEAVES {
    type external;
    import RACKS;
    export RACKS;
    neighbor 100.64.0.0 { peer-as 65101; }
    neighbor 100.64.0.2 { peer-as 65102; }
    neighbor fd00:64:: { peer-as 65101; }
    neighbor fd00:64::2 { peer-as 65102; }
} } }
`,
		intended: edit1{"then { accept; }", "then { community add NEW; accept; }"},
		narrow:   edit1{"10.20.0.0/16 orlonger", "10.20.0.0/24 exact"},
		refused:  "forwarding-options { load-balance { indexed-load-balance; } }\n", says: "file:1:(1) syntax error: forwarding-options",
		unheld: "snmp { location here; }\n", lacks: `the router does not hold "snmp location here"`},
	{kind: "arista_ceos", file: "spine1.eos.conf", config: `hostname spine1
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
`,
		intended: edit1{"   match ip address prefix-list RACKS\n", "   match ip address prefix-list RACKS\n   set metric 7\n"},
		narrow:   edit1{"permit 10.20.0.0/16 le 24", "permit 10.20.0.0/24"},
		refused:  "refused\n", says: "% Invalid input (at token 0: 'refused')",
		unheld: "snmp-server location here\n", lacks: `the router does not hold "snmp-server location here"`},
	{kind: "nokia_srlinux", file: "spine1.srl.json", config: `{
  "_preamble": {"header": {"release": "v0-standin"}},
  "srl_nokia-system:system": {"name": {"host-name": "spine1"}},
  "srl_nokia-interfaces:interface": [
    {"name": "ethernet-1/1", "subinterface": [{"index": 0, "ipv4": {"address": [{"ip-prefix": "100.64.0.1/31"}]}, "ipv6": {"address": [{"ip-prefix": "fd00:64::1/127"}]}}]},
    {"name": "ethernet-1/2", "subinterface": [{"index": 0, "ipv4": {"address": [{"ip-prefix": "100.64.0.3/31"}]}, "ipv6": {"address": [{"ip-prefix": "fd00:64::3/127"}]}}]},
    {"name": "system0", "subinterface": [{"index": 0, "ipv4": {"address": [{"ip-prefix": "10.255.0.1/32"}]}, "ipv6": {"address": [{"ip-prefix": "fd00:255::1/128"}]}}]}],
  "srl_nokia-routing-policy:routing-policy": {
    "prefix-set": [{"name": "RACKS", "prefix": [{"ip-prefix": "10.20.0.0/16", "mask-length-range": "16..24"}]}],
    "policy": [{"name": "RACKS", "default-action": {"policy-result": "reject"},
      "statement": [{"name": "racks", "match": {"prefix": {"prefix-set": "RACKS"}}, "action": {"policy-result": "accept"}}]}]},
  "srl_nokia-network-instance:network-instance": [{"name": "default",
    "interface": [{"name": "ethernet-1/1.0"}, {"name": "ethernet-1/2.0"}, {"name": "system0.0"}],
    "next-hop-groups": {"group": [{"name": "leaf1", "nexthop": [{"index": 0, "ip-address": "100.64.0.0"}]}, {"name": "leaf2", "nexthop": [{"index": 0, "ip-address": "100.64.0.2"}]}]},
    "static-routes": {"route": [{"prefix": "10.20.0.1/32", "next-hop-group": "leaf1"}, {"prefix": "10.20.1.1/32", "next-hop-group": "leaf2"}]},
    "protocols": {"bgp": {"autonomous-system": 65000, "router-id": "10.255.0.1", "neighbor": [
      {"peer-address": "100.64.0.0", "peer-as": 65101, "import-policy": ["RACKS"], "export-policy": ["RACKS"]},
      {"peer-address": "100.64.0.2", "peer-as": 65102, "import-policy": ["RACKS"], "export-policy": ["RACKS"]},
      {"peer-address": "fd00:64::", "peer-as": 65101}, {"peer-address": "fd00:64::2", "peer-as": 65102}]}}}]
}
`,
		intended: edit1{`"action": {"policy-result": "accept"}`, `"action": {"policy-result": "accept", "bgp": {"med": {"set": 7}}}`},
		narrow:   edit1{`"10.20.0.0/16", "mask-length-range": "16..24"`, `"10.20.0.0/24", "mask-length-range": "24..24"`},
		refused:  `  "load-balancing": {},`, says: "Error: Path '.load-balancing': unknown element",
		unheld: `  "srl_nokia-snmp:snmp": {"location": "here"},`, lacks: "the router does not hold /snmp"},
}

// with returns the configuration with more of it.
func (v *vendor) with(more string) string {
	if at := strings.Index(v.config, "\n"); v.config[:at] == "{" {
		return "{\n" + more + v.config[at:]
	}
	return v.config + more
}

// judged judges a whole configuration of a vendor's small spine.
func (v *vendor) judged(t *testing.T, config string) *gate.Verdict {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	return natively(t, ctx, *ground, v.fabric(t), map[string]string{v.file: config})
}

// A change in the vendor's own words passes if it does what is meant, and is rejected with the neighbour that lost its routes if it breaks something:
// by what was observed, and where closlab reads the text, as was predicted.
func TestChangesInTheVendorsOwnWords(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		t.Run(v.kind+" as it is meant", func(t *testing.T) {
			t.Parallel()
			is := v.judged(t, v.change(t, v.intended))
			require.Equal(t, gate.Pass, is.Outcome, is.Unknowns)
			require.True(t, is.Restored)
			require.NotEmpty(t, is.Moved)
			require.Contains(t, is.Evidence.String(), v.kind)
			require.Equal(t, v.read, len(is.Evidence.Opaque) == 0)
		})
		t.Run(v.kind+" breaks something", func(t *testing.T) {
			t.Parallel()
			is := v.judged(t, v.change(t, v.narrow))
			require.Equal(t, gate.Reject, is.Outcome, is.Unknowns)
			require.True(t, is.Restored)
			var withdrawn []string
			for _, m := range is.Moved {
				for _, r := range m.Withdrawn {
					withdrawn = append(withdrawn, m.Node+"→"+m.Peer+" "+r.Prefix.String())
				}
			}
			require.Equal(t, []string{"spine1→leaf1 10.20.1.0/24"}, withdrawn)
			require.Contains(t, said(is.Steps[0].Findings), "everyone-home broken")
		})
	}
}

// What a router shows, and does not do, is not believed: a prediction disagrees, and without one nothing is seen to change.
func TestRoutersThatShowWhatTheyDoNotDo(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		t.Run(v.kind, func(t *testing.T) {
			t.Parallel()
			liar := *v
			liar.config = v.change(t, v.intended)
			is := v.judged(t, liar.named(t, "liar"))
			require.Equal(t, gate.Unknown, is.Outcome)
			want := "nothing that was seen of it is otherwise with its new configuration"
			if v.read {
				want = "prediction and observation disagree"
			}
			require.Contains(t, strings.Join(is.Unknowns, "\n"), want)
		})
	}
}

// A router that refuses a line, leaves one out, does not do what it says, or says nothing any more is an error, and so no Pass.
func TestRoutersThatDoNotTakeAConfiguration(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		t.Run(v.kind, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			base, err := candidate.Load(v.fabric(t))
			require.NoError(t, err)
			live, err := besides(t, ctx, *ground)(base.Fabric)
			require.NoError(t, err)
			defer func() { require.NoError(t, live.Stop()) }()
			for _, test := range []struct{ config, want string }{
				{v.with(v.refused), v.says},
				{v.with(v.unheld), v.lacks},
				{v.named(t, "deaf"), "the router"},
				{v.named(t, "mute"), ""},
				{v.config, ""},
			} {
				folder := t.TempDir()
				require.NoError(t, os.WriteFile(filepath.Join(folder, v.file), []byte(test.config), 0o644))
				f := base.Fabric
				if c, err := base.With(folder); err == nil {
					f = c.After
				}
				require.ErrorContains(t, live.Apply(f, "spine1"), test.want, test.config)
			}
		})
	}
}
