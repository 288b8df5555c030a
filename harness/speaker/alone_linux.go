package speaker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/closlab/closlab/harness/kernel"
)

// patient is how long a router that runs by itself waits for all of its sessions before it announces its own routes, and again how
// long after one has come up it sends everything once more: GoBGP 4.8.0 loses a route that comes in the moment in which a session comes up.
const patient, again = 10 * time.Second, time.Second

// Serve runs a router of GoBGP's in the network namespace of this process, until the context ends. It waits for its interfaces, gives
// them their addresses, and has its policies before its first session. What it has to say goes to log.
func Serve(ctx context.Context, c *Config, log io.Writer) error {
	ns, err := kernel.Here(c.Router.Name)
	if err != nil {
		return err
	}
	if err := furnish(ctx, ns, c, log); err != nil {
		return err
	}
	glances := make(chan Glance, 1)
	r, err := start(c.Router, func(g Glance) { // the last is what counts
		select {
		case <-glances:
		default:
		}
		glances <- g
	})
	if err == nil {
		_, err = r.setPolicy(c.Policy, c.Assign)
	}
	if err == nil {
		err = r.know(c.Peers)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(log, "router %s: GoBGP 4.8.0 runs, with %d neighbours to come\n", c.Router.Name, len(c.Peers))
	return r.live(ctx, c, glances, log)
}

// furnish waits for the interfaces and gives them their addresses.
func furnish(ctx context.Context, ns *kernel.Namespace, c *Config, log io.Writer) error {
	awaited := maps.Clone(c.Links)
	if err := endow(ns, "lo", awaited); err != nil {
		return err
	}
	watch, stop := context.WithCancel(ctx)
	defer stop()
	carriers, err := ns.Carriers(watch)
	if err != nil {
		return err
	}
	fmt.Fprintf(log, "router %s: waiting for %v\n", c.Router.Name, slices.Sorted(maps.Keys(awaited)))
	for len(awaited) > 0 {
		link, open := <-carriers
		if link.Err != nil || !open {
			return errors.Join(link.Err, ctx.Err())
		}
		if link.Up {
			if err := endow(ns, link.Link, awaited); err != nil {
				return err
			}
		}
	}
	return nil
}

// endow gives an interface its addresses, if it is among those that are awaited. It may have them from before.
func endow(ns *kernel.Namespace, link string, awaited map[string][]netip.Prefix) error {
	for _, p := range awaited[link] {
		if err := ns.AddAddresses(link, p); err != nil && !errors.Is(err, unix.EEXIST) {
			return err
		}
	}
	delete(awaited, link)
	return nil
}

// live announces the router's own routes when the time has come, and sends everything once more where a session has come up.
func (r *router) live(ctx context.Context, c *Config, glances <-chan Glance, log io.Writer) error {
	announced, up := false, 0
	announce, resend := time.NewTimer(patient), time.NewTimer(patient)
	resend.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case g := <-glances:
			if g.Up > up {
				resend.Reset(again)
			}
			if g.Up != up {
				fmt.Fprintf(log, "router %s: %d of %d sessions are up\n", c.Router.Name, g.Up, len(c.Peers))
			}
			if up = g.Up; up == len(c.Peers) && !announced {
				announce.Reset(0)
			}
		case <-announce.C:
			announced = true
			err = r.setOwn(c.Own)
		case <-resend.C:
			err = r.resend(c.Peers)
		}
		if err != nil {
			return err
		}
	}
}
