package frr_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/dialect/proof"
	"github.com/closlab/closlab/harness/policy"
)

// typist draws lines that somebody types into a router that runs a text.
type typist struct {
	*textWorld
	said []string // the lines of the text
}

// line returns a line, or an entry and a line of it.
func (w *typist) lines() []string {
	if w.n(5) == 0 {
		return w.neighbor()
	}
	l := strings.TrimSpace(w.said[w.n(len(w.said))])
	f := strings.Fields(l)
	switch {
	case len(f) < 4:
		return nil
	case f[0] == "route-map":
		switch w.n(4) {
		case 0:
			return []string{"no " + strings.Join(f[:4], " ")}
		case 1:
			return []string{strings.Join(f[:4], " "), "match " + w.match(strings.HasSuffix(f[1], "6"))}
		case 2:
			return []string{strings.Join(f[:4], " "), "set " + w.set(strings.HasSuffix(f[1], "6"))}
		}
		return []string{fmt.Sprintf("route-map %s %s %d", f[1], w.permit(), 2+w.n(60)), "match " + w.match(strings.HasSuffix(f[1], "6"))}
	case f[0] == "match" || f[0] == "set":
		return []string{w.entryOf(l), "no " + l}
	case f[1] == "prefix-list" && len(f) > 5 && f[3] == "seq" && w.n(2) == 0:
		return []string{"no " + strings.Join(f[:5], " ")}
	case f[1] == "prefix-list" && len(f) > 4 && w.n(2) == 0:
		return []string{fmt.Sprintf("%s prefix-list %s %s %s", f[0], f[2], w.permit(), w.rng(f[0] == "ipv6"))}
	}
	return []string{"no " + l}
}

// neighbor returns lines about one neighbor or the group of router bgp.
func (w *typist) neighbor() []string {
	who := pick(w.textWorld, []string{"10.99.0.11", "10.99.0.12", "PG"})
	what := pick(w.textWorld, []string{"route-map IN-4@ in", "route-map OUT-4@ out", "route-map IN-6@ out", "prefix-list P0@ in", "prefix-list P1@ out", "filter-list L0@ in", "distribute-list A0@ out",
		"send-community", "send-community both", "send-community large", "send-community extended", "send-community all", "next-hop-self"})
	return []string{"router bgp 65100", "address-family ipv4 unicast", pick(w.textWorld, []string{"", "no "}) + "neighbor " + who + " " + what, "exit-address-family", "exit"}
}

// entryOf returns the route-map line above a line of the text.
func (w *typist) entryOf(line string) string {
	entry := ""
	for _, l := range w.said {
		if strings.HasPrefix(l, "route-map ") {
			entry = l
		}
		if strings.TrimSpace(l) == line {
			return entry
		}
	}
	return entry
}

// typedRouter is router bgp with one eBGP neighbor a family.
const typedRouter = `bgp community-list standard SPECIAL permit blackhole
bgp community-list standard SPECIAL permit graceful-shutdown
router bgp 65100
 no bgp ebgp-requires-policy
 neighbor 10.99.0.11 remote-as 65001
 neighbor 2001:db8:99:1::11 remote-as 65001
 neighbor PG peer-group
 neighbor PG remote-as 65002
 neighbor 10.99.0.12 peer-group PG
 address-family ipv4 unicast
  no neighbor 2001:db8:99:1::11 activate
  neighbor 10.99.0.11 route-map IN-4@ in
  neighbor 10.99.0.11 route-map OUT-4@ out
  neighbor PG route-map IN-4@ in
 exit-address-family
 address-family ipv6 unicast
  neighbor 2001:db8:99:1::11 activate
  neighbor 2001:db8:99:1::11 route-map IN-6@ in
  neighbor 2001:db8:99:1::11 route-map OUT-6@ out
 exit-address-family
exit
`

// small draws a text that the reader takes: lists, and the route-maps of typedRouter.
func small(rt *rapid.T) string {
	w := &textWorld{t: rt, taken: map[string]bool{}}
	for {
		text := w.text()
		for _, name := range []string{"IN-4@", "OUT-4@", "IN-6@", "OUT-6@"} {
			text += w.entries(name, name[len(name)-2] == '6')
		}
		c, err := frr.Read("base", []byte(text+typedRouter))
		if err == nil && len(c.Problems()) == 0 {
			return text
		}
	}
}

// reads reports whether the reader takes a text with lines behind it.
func reads(text string, lines []string) bool {
	told, err := frr.Parse("base", []byte(text)).Type("typed", []byte(strings.Join(lines, "\n")))
	if err != nil {
		return strings.Contains(err.Error(), "there is no")
	}
	c, err := told.Read()
	return err == nil && len(c.Problems()) == 0
}

// What is typed into bgpd does to its running configuration what Type says.
func TestBGPdIsToldWhatTypeSays(t *testing.T) {
	byDefault(t, "rapid.seed", "0", "20220621")
	byDefault(t, "rapid.checks", "100", "25")
	d := proof.StartBGPd(t.Context(), t, "")
	trials, typed, compared, refused := 0, 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		trials++
		name := func(text string) string { return strings.ReplaceAll(text, "@", fmt.Sprint("-", trials)) }
		base := small(rt)
		d.Configure(name(base + typedRouter))
		w := &typist{&textWorld{t: rt, taken: map[string]bool{}}, strings.Split(strings.TrimSpace(base), "\n")}
		var lines []string
		d.Commands("configure terminal")
		for range 1 + w.n(12) {
			some := w.lines()
			if !reads(base+typedRouter, append(slices.Clone(lines), some...)) { // bgpd aborts over some of these
				continue
			}
			for _, l := range some {
				answer, status := d.Run(name(l))
				if status != 0 || strings.Contains(answer, "%") {
					break
				}
				typed++
				lines = append(lines, l)
			}
		}
		d.Commands("end")
		running, status := d.Run("show running-config")
		require.Zero(rt, status)
		is, err := frr.Read("running", []byte(strings.Replace(running, "\nbgp no-rib\n", "\n", 1)))
		require.NoError(rt, err)
		told, err := frr.Parse("base", []byte(name(base+typedRouter))).Type("typed", []byte(name(strings.Join(lines, "\n"))))
		if err != nil { // bgpd says nothing of a number that is not there
			require.Contains(rt, err.Error(), "there is no ")
			told = frr.Parse("base", nil)
		}
		if said, err := told.Read(); err != nil || len(said.Sessions) == 0 || len(said.Problems())+len(is.Problems()) > 0 {
			refused++
		} else {
			compared += sameSessions(rt, said, is, strings.Join(lines, "\n")+"\n\n"+base)
		}
		d.Commands("configure terminal", "no router bgp 65100", "XFRR_start_configuration")
		for _, l := range away(name(base)) {
			d.Run(l) // some are gone
		}
		d.Commands("XFRR_end_configuration", "end")
	})
	t.Logf("%d lines typed, %d chains compared, %d of %d texts refused", typed, compared, refused, trials)
	require.Greater(t, compared, trials)
}

// sameSessions requires that two texts say the same of their sessions, and returns how many chains they have.
func sameSessions(rt *rapid.T, said, is *frr.Config, lines string) int {
	count := 0
	for _, s := range said.Sessions {
		o := is.Session(s.Addr, s.V6)
		require.NotNil(rt, o, s.Name)
		for dir, chains := range map[policy.Direction][2]policy.Chain{policy.Import: {s.In, o.In}, policy.Export: {s.Out, o.Out}} {
			for _, c := range policy.Diff(chains[0], chains[1], dir).Classes {
				require.Fail(rt, "bgpd was told otherwise", "%s %v: %v\n%s", s.Name, dir, c, lines)
			}
			count++
		}
	}
	return count
}
