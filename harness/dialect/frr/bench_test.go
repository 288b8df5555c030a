package frr_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/frr"
)

// large returns a configuration of about so many lines, all of them in use.
func large(count int) []byte {
	var b strings.Builder
	b.WriteString("router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n neighbor 10.0.0.1 route-map OUT out\n neighbor 10.0.0.1 route-map OUT in\nexit\n")
	for i := range count / 12 {
		for k := range 6 {
			fmt.Fprintf(&b, "ip prefix-list P%d seq %d permit 10.%d.%d.0/24 le 28\n", i, 5*k+5, i%256, k)
		}
		fmt.Fprintf(&b, "bgp community-list standard C%d seq 5 permit 64500:%d 64501:%d\n", i, i, i)
		if i < 60_000 { // as many entries as a route-map can have
			fmt.Fprintf(&b, "route-map OUT permit %d\n match ip address prefix-list P%d\n match community C%d\n set community 64500:7 additive\nexit\n", i+1, i, i)
		}
	}
	return []byte(b.String())
}

// shapes are configurations of about so many lines that differ in what there is much of.
var shapes = map[string]func(count int) []byte{
	"policy":                large,
	"prefix-list-backwards": lined("ip prefix-list P seq %[2]d deny 10.%[3]d.%[4]d.0/24\n", "router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n neighbor 10.0.0.1 prefix-list P in\n"),
	"community-list":        lined("bgp community-list standard C permit %[3]d:%[1]d\n", "route-map M permit 10\n match community C\n set comm-list C delete\n"),
	"networks":              lined(" network 10.%[3]d.%[4]d.0/24\n", "", "router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n neighbor 10.0.0.2 remote-as 65000\n"),
	"neighbors":             lined(" neighbor 10.0.%[3]d.%[4]d remote-as 65000\n neighbor 10.0.%[3]d.%[4]d next-hop-self\n", "", "router bgp 65000\n network 10.0.0.0/8\n"),
	"groups":                lined(" neighbor G%[1]d peer-group\n neighbor 10.0.%[3]d.%[4]d peer-group G%[1]d\n", "", "router bgp 65000\n"),
	"undefined":             lined("route-map M permit %[5]d\n match community GONE%[1]d\n", ""),
	"calls":                 lined("route-map M permit %[5]d\n call SUB\n", "route-map SUB permit 10\n set metric 5\nrouter bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n neighbor 10.0.0.1 route-map M in\n"),
	"taken-away":            lined("ip prefix-list P seq %[1]d permit 10.%[3]d.%[4]d.0/24\nno ip prefix-list P seq %[1]d\n", ""),
	"unknown":               lined(" frobnicate %[1]d\n neighbor 10.0.%[3]d.%[4]d remote-as 65001\n", "", "router bgp 65000\n"),
}

// lined returns a shape of lines like one, with what stands before them and behind them: %[1]d is a line's number, %[2]d the same from behind, %[3]d
// and %[4]d are its bytes, %[5]d is the number of an entry of a route-map.
func lined(one, behind string, before ...string) func(int) []byte {
	return func(count int) []byte {
		var b strings.Builder
		b.WriteString(strings.Join(before, ""))
		count /= strings.Count(one, "\n")
		for i := range count {
			fmt.Fprintf(&b, one, i+1, count-i, i>>8&255, i&255, i%65535+1)
		}
		return []byte(b.String() + behind)
	}
}

func BenchmarkRead(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		b.Run(name, func(b *testing.B) {
			text := shapes[name](100_000)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				_, err := frr.Read("r.frr.conf", text)
				require.NoError(b, err)
			}
		})
	}
}
