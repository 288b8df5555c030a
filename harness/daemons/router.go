//go:build linux

package daemons

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"strings"
	"sync"
)

// Router is one FRR router, running. Its methods may be called from several goroutines.
type Router struct {
	Version string // of FRR
	BGP     *Vty   // of bgpd
	Static  *Vty   // of staticd or, where there is one, of mgmtd, which configures it

	asn uint32
	*Tap
	ended chan error
}

// Start runs the daemons of a router with that AS number and BGP identifier, without neighbours and routes, in the caller's
// namespaces, where no other FRR runs. changed is called whenever something may have changed; what the daemons say goes to log.
func Start(ctx context.Context, asn uint32, id netip.Addr, log io.Writer, changed func()) (*Router, error) {
	if err := Installed(); err != nil {
		return nil, err
	}
	if err := home(); err != nil {
		return nil, err
	}
	r := &Router{asn: asn, ended: make(chan error, 1)}
	var zebra *Vty
	var mu sync.Mutex
	note := func(line string) {
		mu.Lock()
		defer mu.Unlock()
		if v := versionLike.FindStringSubmatch(line); v != nil {
			r.Version = joined(r.Version, v[1])
		}
		if noisy(line) {
			fmt.Fprintln(log, line)
		}
		changed()
	}
	// bgpd tries again only after ten seconds if it finds no zebra.
	stages := [][][]string{{{"zebra", "-s", "1000000"}}, {{"staticd", "--tcli"}, {"bgpd", "--tcli", "-M", "bmp"}}}
	if has("mgmtd") {
		stages[0] = append(stages[0], []string{"mgmtd"})
	}
	for _, stage := range stages {
		var started []*daemon
		for _, args := range stage {
			d, err := start(args[0], log, note, args[1:]...)
			if err != nil {
				return nil, err
			}
			started = append(started, d)
			go r.watch(d)
		}
		for _, d := range started {
			if err := d.serve(ctx); err != nil {
				return nil, err
			}
			switch d.name {
			case "zebra":
				zebra = d.Vty
			case "mgmtd":
				r.Static, d.Vty.managed = d.Vty, true
			case "staticd":
				r.Static = cmp.Or(r.Static, d.Vty) // mgmtd's, if there is one
			case "bgpd":
				r.BGP = d.Vty
			}
		}
	}
	var err error
	if r.Tap, err = Listen(changed); err != nil {
		return nil, err
	}
	connect, err := bell(changed)
	if err == nil {
		// Zebra 8.4 does not restore a group of next hops after the link of one was down.
		err = zebra.enter("configure terminal", "no zebra nexthop kernel enable", "end")
	}
	if err != nil {
		return nil, err
	}
	return r, r.BGP.Configure(r.opening(id, connect)...)
}

// joined adds the version of one more daemon to those of a router, which are one unless its daemons are of several releases.
func joined(all, one string) string {
	if all == "" || all == one {
		return one
	}
	return all + " with " + one
}

// versionLike is how a daemon says its version as it starts.
var versionLike = regexp.MustCompile(`(?:zebra|bgpd) (\S+) starting: `)

// noisy reports whether a line of a daemon's log is for people: not the ones that say that this kernel has no MPLS.
func noisy(line string) bool {
	return !strings.Contains(line, "MPLS") && !strings.Contains(line, "bmp[")
}

// opening is the configuration that every router begins with: Basics, and the bell.
func (r *Router) opening(id netip.Addr, connect string) []string {
	return append(Basics(r.asn, id),
		"bmp targets bell",
		"bmp monitor ipv4 unicast pre-policy",
		"bmp monitor ipv6 unicast pre-policy",
		"bmp monitor ipv4 unicast post-policy",
		"bmp monitor ipv6 unicast post-policy",
		connect,
		"exit",
		"exit",
		"bgp route-map delay-timer 0",
	)
}

// ConfigureBGP enters lines below `router bgp`.
func (r *Router) ConfigureBGP(lines ...string) error {
	return r.BGP.Configure(append([]string{fmt.Sprintf("router bgp %d", r.asn)}, lines...)...)
}

// watch reports the end of a daemon.
func (r *Router) watch(d *daemon) {
	<-d.gone
	select {
	case r.ended <- d.err:
	default:
	}
}

// Ended yields the error of the first daemon that ends.
func (r *Router) Ended() <-chan error { return r.ended }
