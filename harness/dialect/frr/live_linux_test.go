package frr_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/dialect/proof"
	"github.com/closlab/closlab/harness/policy"
)

// trial is route-maps for all sessions but the observer's, by session, direction and family.
type trial struct {
	lists string
	maps  map[string]string // the text by name
}

func mapName(i int, dir string, v6 bool) string {
	if i == proof.Peers-1 {
		return ""
	}
	return fmt.Sprintf("S%d-%s-%s@", i, strings.ToUpper(dir), ipWord(v6, "ipv4")[3:])
}

// prelude lets the mileposts through.
func prelude(name string, v6 bool) string {
	return fmt.Sprintf("route-map %s permit 1\n match %s address prefix-list MILE\n", name, ipWord(v6, "ip"))
}

// miles are lists that every trial has: of the mileposts, and of communities with which bgpd does something that the reader takes into account where
// the text speaks of them.
const miles = "ip prefix-list MILE permit 198.51.100.0/24 ge 32\nipv6 prefix-list MILE permit 2001:db8:ffff::/48 ge 128\n" +
	"bgp community-list standard SPECIAL permit blackhole\nbgp community-list standard SPECIAL permit graceful-shutdown\n"

// draw returns a trial that the reader takes, and what it means. Route-maps that it refuses are drawn again.
func draw(rt *rapid.T) (trial, *frr.Config) {
	w := &textWorld{t: rt, taken: map[string]bool{}}
	tr := trial{lists: w.text(), maps: map[string]string{}}
	for tries := 0; ; tries++ {
		for i := range proof.Peers - 1 {
			for _, dir := range directions {
				for _, v6 := range families {
					if name := mapName(i, dir, v6); tr.maps[name] == "" {
						tr.maps[name] = w.entries("SUB-"+name, v6) + prelude(name, v6) + w.entries(name, v6, "SUB-"+name)
					}
				}
			}
		}
		c, err := frr.Read("t.conf", []byte(tr.text()))
		if err == nil {
			err = append(c.Problems(), c.Unread...).Err()
		}
		if err == nil {
			return tr, c
		}
		require.Less(rt, tries, 50, "%s", err)
		for _, l := range strings.Split(err.Error(), "\n") {
			name := refused.FindString(l)
			require.NotEmpty(rt, name, l)
			delete(tr.maps, name)
		}
	}
}

// refused finds the route-map that a problem is about.
var refused = regexp.MustCompile(`S[0-9]-(IN|OUT)-[46]@`)

// named returns the lists that route-maps name.
func (tr trial) named(maps string) string {
	var out []string
	for _, l := range strings.Split(tr.lists, "\n") {
		if slices.ContainsFunc(strings.Fields(l), func(w string) bool { return strings.HasSuffix(w, "@") && strings.Contains(maps, " "+w) }) {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

func (tr trial) text() string {
	text := miles + tr.lists
	for i := range proof.Peers - 1 {
		for _, dir := range directions {
			for _, v6 := range families {
				text += tr.maps[mapName(i, dir, v6)]
			}
		}
	}
	return text + router(mapName)
}

// install puts the trial in force. Its names are new to bgpd, which keeps what it was told of a name for a while when that is deleted.
func (r *rig) install(tr trial) {
	r.trials++
	r.Configure(r.named(tr.text()))
}

func (r *rig) named(text string) string {
	return strings.ReplaceAll(text, "@", fmt.Sprint("-", r.trials))
}

// clear takes all route-maps and lists of a trial away.
func (r *rig) clear(tr trial) {
	var b strings.Builder
	fmt.Fprintf(&b, "router bgp %d\n", proof.TestedAS)
	for _, v6 := range families {
		fmt.Fprintf(&b, "address-family %s unicast\n", ipWord(v6, "ipv4"))
		for i := range proof.Peers - 1 {
			for _, dir := range directions {
				fmt.Fprintf(&b, "no neighbor %s route-map %s %s\n", proof.PeerAddr(i, v6), mapName(i, dir, v6), dir)
			}
		}
		b.WriteString("exit-address-family\n")
	}
	b.WriteString("exit\n")
	b.WriteString(strings.Join(away(tr.text()), "\n"))
	r.Configure(r.named(b.String()))
}

// away returns the lines that take all route-maps and lists of a text away, but for those that every trial has.
func away(text string) []string {
	seen := map[string]bool{}
	var out []string
	for _, l := range strings.Split(text, "\n") {
		f := strings.Fields(l)
		var no string
		switch {
		case len(f) > 1 && f[0] == "route-map":
			no = "no route-map " + f[1]
		case len(f) > 2 && f[1] == "prefix-list" && f[2] != "MILE", len(f) > 2 && f[1] == "access-list":
			no = "no " + strings.Join(f[:3], " ")
		case len(f) > 2 && f[0] == "access-list":
			no = "no " + strings.Join(f[:2], " ")
		case len(f) > 3 && f[0] == "bgp" && f[3] != "SPECIAL" && (strings.HasSuffix(f[1], "list") || f[1] == "as-path"):
			no = "no " + strings.Join(f[:4], " ")
		}
		if no != "" && !seen[no] {
			seen[no] = true
			out = append(out, no)
		}
	}
	return out
}

// TestBGPdDoesWhatApplySays lets random route-maps loose on live routes: what bgpd sends must be what Apply makes of the policies that Read
// makes of the text. More of it by -rapid.checks.
func TestBGPdDoesWhatApplySays(t *testing.T) {
	byDefault(t, "rapid.seed", "0", "20220621")
	byDefault(t, "rapid.checks", "100", "10")
	r := newRig(t)
	none := make([][]policy.Route, proof.Peers)
	r.Spread(none)
	var last *trial
	rapid.Check(t, func(rt *rapid.T) {
		tr, c := draw(rt)
		shares := make([][]policy.Route, proof.Peers)
		for i, x := range worldRoutes(rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "routes"), 1)), 1500) {
			shares[i%(proof.Peers-1)] = append(shares[i%(proof.Peers-1)], x)
		}
		if last != nil {
			r.Spread(none)
			r.clear(*last)
		}
		r.install(tr)
		last = &tr
		r.check(rt, tr, c, shares, r.Spread(shares))
	})
	t.Logf("%d pairs of a policy and a route", r.pairs)
	require.Greater(t, r.pairs, 20_000)
}

// byDefault gives a flag another default for this test.
func byDefault(t *testing.T, name, is, want string) {
	f := flag.Lookup(name)
	if f.Value.String() == is {
		require.NoError(t, f.Value.Set(want))
		t.Cleanup(func() { require.NoError(t, f.Value.Set(is)) })
	}
}
