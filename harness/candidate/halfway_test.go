package candidate

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Every typed line is a state of its own, but for the last and those that only leave a section; a file that replaces another has none.
func TestHalfwayIsBehindEveryTypedLine(t *testing.T) {
	t.Parallel()
	b, err := Load(languages().folder(t))
	require.NoError(t, err)
	type state struct{ when, does string }
	states := func(x files) []state {
		c, err := b.With(x.folder(t))
		require.NoError(t, err)
		var out []state
		for h, err := range b.Halfway(c) {
			require.NoError(t, err)
			out = append(out, state{h.When(), decisions(t, &Base{Fabric: h.Fabric}, "spine1")["leaf1 inet out"]})
		}
		return out
	}
	const typed = "! opens it\nroute-map RACKS-ONLY permit 20\n match ip address prefix-list RACKS\nexit\nno ip prefix-list RACKS\nip prefix-list RACKS permit 10.20.0.0/16 le 24\n"
	got := states(files{"spine1.frr.conf.vtysh": typed})
	require.Len(t, got, 4)
	require.Contains(t, got[0].when, "before the first line of ")
	require.Equal(t, []state{
		{"after line 2: route-map RACKS-ONLY permit 20", "accept, accept"},
		{"after line 3: match ip address prefix-list RACKS", "accept, reject"},
		{"after line 5: no ip prefix-list RACKS", "reject, reject"},
	}, got[1:])

	both := states(files{"spine1.frr.conf": racks + "route-map RACKS-ONLY permit 30\n", "spine1.frr.conf.vtysh": "no route-map RACKS-ONLY permit 30\nroute-map RACKS-ONLY permit 10\n description racks\n"})
	require.Equal(t, "accept, accept", both[0].does, "what replaces the file is there before the lines")
	require.Empty(t, states(files{"spine1.frr.conf": racks + "route-map RACKS-ONLY permit 20\n"}))
}

// A neighbour that is removed and added again loses its session in between: closlab does not say what then happens.
func TestHalfwayThatCannotBeTold(t *testing.T) {
	t.Parallel()
	b, err := Load(spine("  - {at: spine, file: spine.frr.conf, family: inet}", racks+spineBGP).folder(t))
	require.NoError(t, err)
	c, err := b.With(files{"spine.frr.conf.vtysh": "router bgp 65000\n no neighbor 100.64.0.1\n neighbor 100.64.0.1 remote-as 65101\n" +
		" address-family ipv4 unicast\n  neighbor 100.64.0.1 route-map RACKS-ONLY out\n"}.folder(t))
	require.NoError(t, err)
	told := map[string]string{}
	for h, err := range b.Halfway(c) {
		told[h.When()] = ""
		if err != nil {
			told[h.When()] = err.Error()
		}
	}
	require.Contains(t, told["after line 2: no neighbor 100.64.0.1"], "no BGP neighbour 100.64.0.1")
}
