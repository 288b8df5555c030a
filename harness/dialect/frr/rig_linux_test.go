package frr_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/dialect/proof"
	"github.com/closlab/closlab/harness/policy"
)

// readAny returns one of the communities in FRR's words.
func readAny(from []string, r *rand.Rand) (policy.Community, error) {
	text := from[r.IntN(len(from))]
	kind := policy.Standard
	switch {
	case strings.Contains(text, " "):
		kind = policy.Extended
	case strings.Count(text, ":") == 2:
		kind = policy.Large
	}
	return frr.ReadCommunity(kind, text)
}

// rig is bgpd with its peers. The last one has no policy.
type rig struct {
	*proof.BGPd
	pairs  int
	trials int
}

// router returns router bgp with the route-maps of the sessions, by what names them.
func router(maps func(i int, dir string, v6 bool) string) string {
	var b strings.Builder
	b.WriteString(proof.RouterBGP())
	fmt.Fprintf(&b, "router bgp %d\n", proof.TestedAS)
	for _, v6 := range families {
		fmt.Fprintf(&b, " address-family %s unicast\n", ipWord(v6, "ipv4"))
		for i := range proof.Peers {
			for _, dir := range directions {
				if name := maps(i, dir, v6); name != "" {
					fmt.Fprintf(&b, "  neighbor %s route-map %s %s\n", proof.PeerAddr(i, v6), name, dir)
				}
			}
		}
		b.WriteString(" exit-address-family\n")
	}
	b.WriteString("exit\n")
	return b.String()
}

var (
	families   = []bool{false, true}
	directions = []string{"in", "out"}
)

// ipWord returns the word for IPv4, or ipv6.
func ipWord(v6 bool, v4 string) string {
	if v6 {
		return "ipv6"
	}
	return v4
}

func newRig(t *testing.T) *rig {
	ctx := t.Context()
	if end, ok := t.Deadline(); ok {
		limited, cancel := context.WithDeadline(ctx, end.Add(-5*time.Second))
		ctx = limited
		t.Cleanup(cancel)
	}
	r := &rig{BGPd: proof.StartBGPd(ctx, t, proof.RouterBGP())}
	r.Configure(miles)
	r.Connect()
	return r
}
