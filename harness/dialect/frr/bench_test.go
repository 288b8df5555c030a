package frr_test

import (
	"fmt"
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

func BenchmarkRead(b *testing.B) {
	text := large(100_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := frr.Read("r.frr.conf", text)
		require.NoError(b, err)
	}
}
