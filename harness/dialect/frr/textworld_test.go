package frr_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/closlab/closlab/harness/dialect/proof"
	"github.com/closlab/closlab/harness/policy"
)

// The small world of the property tests, in FRR's words: few prefixes, communities and AS numbers, so that random route-maps meet the
// same routes again and again.
var (
	worldBases = map[bool][]string{
		false: {"10.0.0.0/8", "10.0.0.0/8", "10.0.0.0/16", "10.0.1.0/24", "10.128.0.0/9", "10.64.0.0/10", "0.0.0.0/0", "10.0.1.0/28"},
		true:  {"2001:db8::/32", "2001:db8:1::/48", "2001:db8::/33", "::/0", "2001:db8:1:2::/64"},
	}
	worldHops = map[bool][]string{false: {"10.99.1.1", "10.99.1.2", "10.99.2.1"}, true: {"2001:db8:99::1", "2001:db8:99::2"}}
	worldStd  = []string{"64500:1", "64500:2", "64501:1", "1:1", "no-export", "graceful-shutdown", "blackhole", "local-AS", "65535:65000"}
	worldBig  = []string{"64500:1:1", "64500:1:2", "1:1:1"}
	worldExt  = []string{"rt 64500:1", "soo 64500:1", "rt 64501:7"}
	worldASNs = []uint32{65001, 65002, 7, 700, 64999}
	worldNums = []uint32{0, 1, 50, 99, 100, 101, 150, 4294967294, 4294967295}

	worldCommunityRegexes = []string{"64500:.*", "_64500:1_", ":1", "_64500:", "no-", "65535:", ".*", "^$", "6450[01]:1", "_1:1_", "export", "[0-9]+:2_", "(64500|64501):1_"}
	worldLargeRegexes     = []string{"64500:1:.*", "_1:1:1_", ":2_", "_64500", ".*", "^$"}
	worldPathRegexes      = []string{"^$", "_65001_", "^65002_", "_7$", "^6500[12]$", ".*", "_(7|700)_", "^[0-9]+$", "^65001_7_", "_7_7_", "_64999_.*_7_", "^[0-9]+_[0-9]+$"}
)

// textWorld draws configurations.
type textWorld struct {
	t     *rapid.T
	taken map[string]bool // sequence numbers, by list
}

func pick[T any](w *textWorld, from []T) T { return from[w.n(len(from))] }

func (w *textWorld) n(limit int) int { return rapid.IntRange(0, limit-1).Draw(w.t, "n") }

func (w *textWorld) permit() string { return pick(w, []string{"permit", "permit", "deny"}) }

// seq returns an optional sequence number, sometimes one that was there before.
func (w *textWorld) seq() string {
	if w.n(3) == 0 {
		return ""
	}
	return fmt.Sprintf("seq %d ", 1+w.n(30))
}

// fresh returns an optional sequence number that was not there before in the list: bgpd does not take one entry for another as a whole.
func (w *textWorld) fresh(list string) string {
	key := fmt.Sprint(list, " ", w.n(30))
	if w.n(3) == 0 || w.taken[key] {
		return ""
	}
	w.taken[key] = true
	return fmt.Sprintf("seq %s ", key[len(list)+1:]+"3")
}

// text returns lists that route-maps can name: their names are a letter for the kind and a number; no list has the number 4. A @ in a name stands
// for the trial.
func (w *textWorld) text() string {
	var b strings.Builder
	for i := range 4 {
		for range 1 + w.n(4) {
			fmt.Fprintf(&b, "ip prefix-list P%d@ %s%s %s\n", i, w.fresh(fmt.Sprint("p4", i)), w.permit(), w.rng(false))
			fmt.Fprintf(&b, "ipv6 prefix-list P%d@ %s%s %s\n", i, w.fresh(fmt.Sprint("p6", i)), w.permit(), w.rng(true))
			fmt.Fprintf(&b, "access-list A%d@ %s%s %s\n", i, w.fresh(fmt.Sprint("a4", i)), w.permit(), w.access(false))
			fmt.Fprintf(&b, "ipv6 access-list A%d@ %s%s %s\n", i, w.fresh(fmt.Sprint("a6", i)), w.permit(), w.access(true))
			fmt.Fprintf(&b, "bgp as-path access-list L%d@ %s%s %s\n", i, w.seq(), w.permit(), pick(w, worldPathRegexes))
			fmt.Fprintf(&b, "bgp extcommunity-list standard E%d@ %s%s %s\n", i, w.seq(), w.permit(), pick(w, worldExt))
			if i%2 == 0 {
				fmt.Fprintf(&b, "bgp community-list standard C%d@ %s%s %s\n", i, w.seq(), w.permit(), w.some(append([]string{"internet"}, worldStd...), 2))
				fmt.Fprintf(&b, "bgp large-community-list standard G%d@ %s%s %s\n", i, w.seq(), w.permit(), w.some(worldBig, 2))
			} else {
				fmt.Fprintf(&b, "bgp community-list expanded C%d@ %s%s %s\n", i, w.seq(), w.permit(), pick(w, worldCommunityRegexes))
				fmt.Fprintf(&b, "bgp large-community-list expanded G%d@ %s%s %s\n", i, w.seq(), w.permit(), pick(w, worldLargeRegexes))
			}
		}
	}
	fmt.Fprintln(&b, "ip prefix-list P5@ description empty\nipv6 prefix-list P5@ description empty")
	return b.String()
}

func (w *textWorld) some(from []string, most int) string {
	out := pick(w, from)
	for range w.n(most) {
		out += " " + pick(w, from)
	}
	return out
}

func (w *textWorld) rng(v6 bool) string {
	if w.n(8) == 0 {
		return "any"
	}
	p := netip.MustParsePrefix(pick(w, worldBases[v6]))
	full := p.Addr().BitLen()
	lo := min(p.Bits()+w.n(3)*4, full)
	hi := min(lo+w.n(3)*8, full)
	switch w.n(4) {
	case 0:
		return p.String()
	case 1:
		return fmt.Sprintf("%s ge %d", p, lo)
	case 2:
		return fmt.Sprintf("%s le %d", p, hi)
	}
	return fmt.Sprintf("%s ge %d le %d", p, lo, hi)
}

func (w *textWorld) access(v6 bool) string {
	switch w.n(5) {
	case 0:
		return "any"
	case 1:
		return pick(w, worldBases[v6]) + " exact-match"
	}
	return pick(w, worldBases[v6])
}

func (w *textWorld) list(kind string) string {
	return fmt.Sprint(kind, pick(w, []int{0, 0, 1, 1, 2, 2, 3, 3, 4}), "@")
}

// entries returns the entries of a route-map, without the name: callees are maps that they can call.
func (w *textWorld) entries(name string, v6 bool, callees ...string) string {
	var b strings.Builder
	leads := map[int]bool{} // entries with on-match: FRR does not let these deny
	for range 1 + w.n(5) {
		seq, action := 2+w.n(40), pick(w, []string{"permit", "permit", "permit", "deny"})
		if leads[seq] {
			action = "permit"
		}
		fmt.Fprintf(&b, "route-map %s %s %d\n", name, action, seq)
		for range w.n(3) {
			fmt.Fprintf(&b, " match %s\n", w.match(v6))
		}
		for range w.n(4) {
			fmt.Fprintf(&b, " set %s\n", w.set(v6))
		}
		if len(callees) > 0 && w.n(4) == 0 {
			fmt.Fprintf(&b, " call %s\n", pick(w, append(callees, "NOWHERE")))
		}
		way := w.n(6)
		leads[seq] = leads[seq] || action == "permit" && way < 2
		switch {
		case !leads[seq]:
		case seq%2 == 0:
			b.WriteString(" on-match next\n")
		default:
			fmt.Fprintf(&b, " %s %d\n", pick(w, []string{"on-match goto", "continue"}), seq+1+w.n(20))
		}
	}
	return b.String()
}

func (w *textWorld) match(v6 bool) string {
	ip := map[bool]string{false: "ip", true: "ipv6"}[v6 != (w.n(12) == 0)]
	switch w.n(16) {
	case 0, 1, 2, 3:
		if w.n(10) == 0 {
			return ip + " address prefix-list P5@"
		}
		return ip + " address prefix-list " + w.list("P")
	case 4:
		return ip + " address " + w.list("A")
	case 5, 6:
		return "community " + w.list("C") + pick(w, []string{"", "", " exact-match"})
	case 7:
		return "large-community " + w.list("G") + pick(w, []string{"", "", " exact-match"})
	case 8:
		return "extcommunity " + w.list("E")
	case 9, 10:
		return "as-path " + w.list("L")
	case 11:
		return fmt.Sprint("local-preference ", pick(w, worldNums))
	case 12:
		return fmt.Sprint("metric ", pick(w, worldNums))
	case 13:
		return "origin " + pick(w, []string{"igp", "egp", "incomplete"})
	case 14:
		return fmt.Sprint("tag ", 1+w.n(2))
	}
	return pick(w, []string{ip + " next-hop address " + pick(w, worldHops[ip == "ipv6"]), "peer " + proof.PeerAddr(0, v6).String(), "peer local", ip + " next-hop prefix-list P0@"})
}

func (w *textWorld) set(v6 bool) string {
	switch w.n(15) {
	case 0, 1:
		return "community " + w.some(worldStd, 2) + " additive"
	case 2:
		return "community " + pick(w, []string{"none", w.some(worldStd, 2)})
	case 3:
		return "comm-list " + w.list("C") + " delete"
	case 4:
		return "large-community " + pick(w, []string{"none", w.some(worldBig, 2), w.some(worldBig, 2) + " additive"})
	case 5:
		return "large-comm-list " + w.list("G") + " delete"
	case 6:
		return "extcommunity " + pick(w, append([]string{"none"}, worldExt...))
	case 7:
		return "as-path prepend " + strings.Trim(fmt.Sprint([]uint32{pick(w, worldASNs), pick(w, worldASNs)}[:1+w.n(2)]), "[]")
	case 8:
		return fmt.Sprint("as-path prepend last-as ", 1+w.n(3))
	case 9:
		return fmt.Sprint("local-preference ", pick(w, []string{"", "", "+", "-"}), pick(w, worldNums))
	case 10:
		return fmt.Sprint("metric ", pick(w, []string{"", "+", "-"}), pick(w, worldNums))
	case 11:
		return "origin " + pick(w, []string{"igp", "egp", "incomplete"})
	case 12:
		return fmt.Sprint("tag ", 1+w.n(2))
	case 13:
		return pick(w, []string{"weight 0", "atomic-aggregate"})
	}
	if v6 {
		return "ipv6 next-hop " + pick(w, []string{"peer-address", "global " + worldHops[true][0], "global " + worldHops[true][1]})
	}
	return "ip next-hop " + pick(w, append([]string{"peer-address"}, worldHops[false]...))
}

// globalUnicast is where IPv6 prefixes can be that bgpd takes.
var globalUnicast = netip.MustParsePrefix("2000::/3")

// worldRoutes returns so many routes to prefixes around the bases.
func worldRoutes(r *rand.Rand, count int) []policy.Route {
	seen := map[netip.Prefix]bool{}
	var out []policy.Route
	for len(out) < count {
		v6 := r.IntN(3) == 0
		base := netip.MustParsePrefix(worldBases[v6][r.IntN(len(worldBases[v6]))])
		bits := min(base.Bits()+r.IntN(18), base.Addr().BitLen())
		a := base.Addr().AsSlice()
		for i := range a {
			if 8*i >= base.Bits() && r.IntN(2) == 0 {
				a[i] = byte(r.IntN(256))
			}
		}
		addr, _ := netip.AddrFromSlice(a)
		p := netip.PrefixFrom(addr, bits).Masked()
		if p.Bits() == 0 && r.IntN(20) > 0 || seen[p] || p.Addr().Is6() && p.Bits() > 0 && !globalUnicast.Contains(p.Addr()) || slices.ContainsFunc(proof.Nets, p.Overlaps) && p.Bits() >= 16 || p.Addr().Is4() && (p.Addr().As4()[0] == 127 || p.Addr().As4()[0] >= 224) {
			continue
		}
		seen[p] = true
		out = append(out, worldRoute(r, p))
	}
	return out
}

func worldRoute(r *rand.Rand, p netip.Prefix) policy.Route {
	hops := worldHops[p.Addr().Is6()]
	x := policy.Route{Prefix: p, Origin: policy.Origin(r.IntN(3)), NextHop: netip.MustParseAddr(hops[r.IntN(len(hops))]),
		LocalPref: worldNums[r.IntN(len(worldNums))], MED: append(worldNums, 0, 0)[r.IntN(len(worldNums)+2)]}
	for range r.IntN(4) {
		x.ASPath = append(x.ASPath, worldASNs[r.IntN(len(worldASNs))])
	}
	for range r.IntN(4) {
		c, err := readAny([][]string{worldStd, worldStd, worldBig, worldExt}[r.IntN(4)], r)
		if err != nil {
			panic(err)
		}
		x.Communities = x.Communities.With(c)
	}
	return x
}
