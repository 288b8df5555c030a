//go:build linux

package clab_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/runtime/clab"
	"github.com/closlab/closlab/harness/runtime/netns"
	"github.com/closlab/closlab/harness/speaker"
)

// What closlab takes until all containers run and are joined, and what Docker alone takes to create and start the same ones, as many at once.
// Both times their first processes come up and find somebody to report to. cpu-s is of closlab and closlab-clab, without Docker.
func BenchmarkStartUp(b *testing.B) {
	d := sharedDocker(b)
	f := named(b, "mcp", "startup")
	f.RunOn(speaker.GoBGP)
	require.NoError(b, clab.Ready(b.Context(), f)) // makes the images
	var all, alone, cpu time.Duration
	for b.Loop() {
		start, before := time.Now(), own(b)
		r, err := clab.NewTold(b.Context(), f, netns.Options{}, func() { all, cpu = all+time.Since(start), cpu+own(b)-before })
		require.NoError(b, err)
		orders := map[string][]byte{}
		for name := range strings.Lines(d.left()) {
			name = strings.TrimSpace(name)
			orders[name] = d.order(name)
		}
		lab, nodes := netns.Folder(r.Name), find(b, r).Processes
		require.Len(b, orders, len(nodes))
		require.NoError(b, r.Stop())
		for n := range nodes {
			folder := filepath.Join(lab, "nodes", n)
			require.NoError(b, os.MkdirAll(folder, 0o700))
			door, err := speaker.NewDoor(n, folder)
			require.NoError(b, err)
			defer door.Close()
		}
		alone += took(func() { d.fulfil(orders) })
		d.command(append([]string{"rm", "--force"}, strings.Fields(d.left())...)...)
		require.NoError(b, os.RemoveAll(lab))
	}
	b.ReportMetric(all.Seconds()/float64(b.N), "closlab-s")
	b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s")
	b.ReportMetric(alone.Seconds()/float64(b.N), "docker-s")
	b.ReportMetric(100*(all.Seconds()/alone.Seconds()-1), "%-beyond")
}

// own returns the processor time of this process and of those that it has waited for.
func own(b *testing.B) time.Duration {
	var sum int64
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		require.NoError(b, syscall.Getrusage(who, &u))
		sum += u.Utime.Nano() + u.Stime.Nano()
	}
	return time.Duration(sum)
}

// order returns what Docker would have to be asked for to create the same container again.
func (d *docker) order(name string) []byte {
	d.t.Helper()
	var is struct{ Config, HostConfig map[string]any }
	require.NoError(d.t, json.Unmarshal(d.ask(http.MethodGet, "/containers/"+name+"/json", nil), &is))
	is.Config["HostConfig"] = is.HostConfig
	out, err := json.Marshal(is.Config)
	require.NoError(d.t, err)
	return out
}

// fulfil has Docker create and start containers, 16 at once, as closlab-clab does.
func (d *docker) fulfil(orders map[string][]byte) {
	d.t.Helper()
	turn := make(chan struct{}, 16)
	var wait sync.WaitGroup
	for name, order := range orders {
		wait.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			d.ask(http.MethodPost, "/containers/create?name="+name, order)
			d.ask(http.MethodPost, "/containers/"+name+"/start", nil)
		})
	}
	wait.Wait()
}

// ask asks the daemon itself, and returns its answer.
func (d *docker) ask(method, path string, body []byte) []byte {
	d.t.Helper()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", d.socket())
	}}}
	defer client.CloseIdleConnections()
	q, err := http.NewRequestWithContext(d.t.Context(), method, "http://docker"+path, bytes.NewReader(body))
	require.NoError(d.t, err)
	q.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(q)
	require.NoError(d.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(d.t, err)
	require.Less(d.t, answer.StatusCode, 300, "%s %s: %s", method, path, text)
	return text
}
