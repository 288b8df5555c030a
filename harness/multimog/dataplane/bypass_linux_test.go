package dataplane

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/multimog"
)

// A flow moves only when the server that it is on goes down, and whatever else comes and goes it stays: also one that is
// where it is because its target is down.
func TestFlowsStayWhenAnotherTargetGoesDown(t *testing.T) {
	t.Parallel()
	c := config()
	c.Members = append([]Member{member("a3", "a", "10.1.0.3", "fd00:1::3"), member("a4", "a", "10.1.0.4", "fd00:1::4")}, members...)
	all := append(multimog.Fleet{{Name: "a3", Colo: "a", Weight: 2}, {Name: "a4", Colo: "a", Weight: 1}}, fleet...)
	c.VIPs = []VIP{{Addr: vip4, Fleet: all}, {Addr: vip6, Fleet: all}}
	s := load(t, c)
	names := map[netip.Addr]string{}
	for _, m := range c.Members {
		names[m.Addrs[0]] = m.Name
	}
	r := rand.New(rand.NewPCG(5, 6))
	flows := make([]multimog.Flow, 5000)
	for i := range flows {
		flows[i] = randomFlow(r, false)
	}
	where := func() []string {
		out := make([]string, len(flows))
		for i, f := range flows {
			in := packet(f)
			action, got := run(t, s, in)
			if out[i] = "a1"; action == redirect {
				out[i] = names[netip.AddrFrom4([4]byte(got[14+16:]))]
				require.NotEmpty(t, out[i], binary.BigEndian.Uint32(got[14+16:]))
			}
		}
		return out
	}
	set := func(name string, up bool) {
		for a, n := range names {
			if n == name {
				require.NoError(t, s.SetUp(a, up))
			}
		}
	}
	states := [][]string{where()}
	order := []string{"c1", "a3", "b1", "a2", "a4"}
	for _, down := range order {
		set(down, false)
		now, moved := where(), 0
		for i, was := range states[len(states)-1] {
			if was == down {
				require.NotEqual(t, down, now[i])
				moved++
			} else {
				require.Equal(t, was, now[i], "flow %d while %s goes down", i, down)
			}
		}
		require.NotZero(t, moved)
		states = append(states, now)
	}
	for i := len(order) - 1; i >= 0; i-- {
		set(order[i], true)
		require.Equal(t, states[i], where(), "with %s back", order[i])
	}
}
