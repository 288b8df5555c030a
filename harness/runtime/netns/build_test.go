//go:build linux

package netns

import (
	"errors"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/probe"
)

// Namespaces and links, and then a packet over each of them: the machine has one table of neighbours for all.
func BenchmarkBuild200(b *testing.B) {
	f := clos(b, 8, 96, 4, 92)
	var spent time.Duration
	overflows := overflown(b)
	for b.Loop() {
		b.StopTimer()
		r := &Runtime{Fabric: f, opt: Options{Ground: spaces{}}, life: b.Context(), byName: map[string]*node{}, prober: probe.New()}
		_, err := r.plan()
		require.NoError(b, err)
		r.home, err = claim(f, spaces{})
		require.NoError(b, err)
		b.Cleanup(func() { r.Stop() })
		before := self(b)
		b.StartTimer()
		require.NoError(b, r.build())
		b.StopTimer()
		spent += self(b) - before
		r.greet(b)
		require.NoError(b, r.Stop())
		b.StartTimer()
	}
	b.ReportMetric(float64(overflown(b)-overflows), "neighbour-overflows")
	b.ReportMetric(spent.Seconds()/float64(b.N), "parent-cpu-s/op")
}

// greet sends a packet of each family over every link both ways, and waits for it.
func (r *Runtime) greet(tb testing.TB) {
	for _, n := range r.nodes {
		require.NoError(tb, n.ns.Ready(tb.Context()))
	}
	for _, l := range r.links {
		for _, from := range l.ends {
			for fam, addr := range from.addrs {
				to := from.far
				var ear, mouth *net.UDPConn
				require.NoError(tb, to.node.ns.Do(func() (err error) {
					ear, err = net.ListenUDP("udp", &net.UDPAddr{IP: to.addrs[fam].AsSlice()})
					return err
				}))
				require.NoError(tb, from.node.ns.Do(func() (err error) {
					mouth, err = net.DialUDP("udp", &net.UDPAddr{IP: addr.AsSlice()}, ear.LocalAddr().(*net.UDPAddr))
					return err
				}))
				_, err := mouth.Write([]byte("hello"))
				require.NoError(tb, err)
				require.NoError(tb, ear.SetDeadline(time.Now().Add(10*time.Second)))
				_, err = ear.Read(make([]byte, 8))
				require.NoError(tb, err, "%s to %s", from.node.Name, to.node.Name)
				require.NoError(tb, errors.Join(ear.Close(), mouth.Close()))
			}
		}
	}
}

// overflown returns how often a neighbour has been refused since this machine is up, for want of room in the table.
func overflown(tb testing.TB) int64 {
	var sum int64
	for _, name := range []string{"arp_cache", "ndisc_cache"} {
		text, err := os.ReadFile("/proc/net/stat/" + name)
		require.NoError(tb, err)
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		column := slices.Index(strings.Fields(lines[0]), "table_fulls")
		for _, l := range lines[1:] { // one a processor
			count, err := strconv.ParseInt(strings.Fields(l)[column], 16, 64)
			require.NoError(tb, err)
			sum += count
		}
	}
	return sum
}
