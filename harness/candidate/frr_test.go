package candidate

import (
	"net/netip"
	"testing"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
	"github.com/stretchr/testify/require"
)

// spine is small with FRR's configuration at the spine; the policy entry stands in for the one that names no group.
func spine(entry, text string) files {
	f := small("")
	delete(f, "policy/spine.junos.conf")
	f["fabric.yaml"] = f["fabric.yaml"][:len(f["fabric.yaml"])-len("  - {at: spine, file: spine.junos.conf, family: inet}\n")] + entry + "\n"
	f["policy/spine.frr.conf"] = text
	return f
}

const racks = `ip prefix-list RACKS permit 10.20.0.0/16 le 24
route-map RACKS-ONLY permit 10
 match ip address prefix-list RACKS
`

const spineBGP = `router bgp 65000
 no bgp ebgp-requires-policy
 neighbor 100.64.0.1 remote-as 65101
 neighbor 100.64.0.3 remote-as external
 neighbor 100.64.0.1 route-map RACKS-ONLY out
`

// sends reports which of two prefixes the first session of the spine lets out.
func sends(t *testing.T, b *Base, session int) (rack, other bool) {
	t.Helper()
	accepts := func(prefix string) bool {
		r := policy.Route{Prefix: netip.MustParsePrefix(prefix), External: true, Neighbor: netip.MustParseAddr("100.64.0.9"), LocalPref: 100}
		return policy.Apply(b.Fabric.Sessions[session].Out[fabric.V4], r, policy.Env{Direction: policy.Export}).Decision == policy.Accept
	}
	return accepts("10.20.1.0/24"), accepts("192.0.2.0/24")
}

func TestFRRTextGovernsItsNeighbors(t *testing.T) {
	t.Parallel()
	b, err := Load(spine("  - {at: spine, file: spine.frr.conf, family: inet}", racks+spineBGP).folder(t))
	require.NoError(t, err)
	for i, s := range b.Fabric.Sessions {
		if s.Node != "spine1" && s.Node != "spine" {
			continue
		}
		rack, other := sends(t, b, i)
		require.True(t, rack)
		require.Equal(t, s.Remote[fabric.V4] != netip.MustParseAddr("100.64.0.1"), other, "only the first neighbour has a route-map")
	}
}

func TestFRRRouteMapsNamedByTheFabric(t *testing.T) {
	t.Parallel()
	b, err := Load(spine("  - {at: spine, file: spine.frr.conf, out: RACKS-ONLY}", racks).folder(t))
	require.NoError(t, err)
	for i, s := range b.Fabric.Sessions {
		if s.Binding[fabric.V4] != nil {
			rack, other := sends(t, b, i)
			require.True(t, rack)
			require.False(t, other)
		}
	}
	_, err = Load(spine("  - {at: spine, file: spine.frr.conf, out: RACKS-OLNY}", racks).folder(t))
	require.ErrorContains(t, err, "no route-map RACKS-OLNY: mend the name")
}

func TestFRRTextMustFitTheFabric(t *testing.T) {
	t.Parallel()
	_, err := Load(spine("  - {at: spine, file: spine.frr.conf, family: inet}", racks+"router bgp 65000\n neighbor 100.64.0.1 remote-as 65999\n neighbor 100.64.0.3 remote-as external\n").folder(t))
	require.ErrorContains(t, err, "the text says peer-as 65999, the fabric 65101")
	_, err = Load(spine("  - {at: spine, file: spine.frr.conf, family: inet}", racks+spineBGP+" neighbor 100.64.0.1 allowas-in\n").folder(t))
	require.ErrorContains(t, err, "allowas-in is not modelled")
}

// What a candidate changes beside policy makes the verdict Unknown.
func TestFRRCandidates(t *testing.T) {
	t.Parallel()
	b, err := Load(spine("  - {at: spine, file: spine.frr.conf, family: inet}", racks+spineBGP).folder(t))
	require.NoError(t, err)
	for text, want := range map[string]string{
		"route-map RACKS-ONLY deny 20\n":           "",
		"ip route 10.0.0.0/8 blackhole\n":          "ip route",
		"route-map UNUSED permit 10\n":             "route-map UNUSED, which no session of the fabric runs,",
		"interface eth0\n ip address 10.0.0.1/8\n": "interface eth0",
	} {
		c, err := b.With(files{"spine.frr.conf": racks + text + spineBGP}.folder(t))
		require.NoError(t, err, text)
		if want == "" {
			require.Empty(t, c.Unjudged, text)
		} else {
			require.ErrorContains(t, c.Unjudged.Err(), want, text)
		}
	}
}
