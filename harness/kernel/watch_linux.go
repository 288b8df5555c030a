package kernel

import (
	"context"
	"fmt"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Event is a change of a FIB.
type Event struct {
	Route   Route
	Deleted bool
	Err     error // events were lost and no more will come: list the FIB and watch anew
}

// Watch returns the changes of the FIB from now on, in order, until the context ends; then the channel is closed. Routes
// are those that FIB would list. The kernel says nothing of IPv4 routes that go with their link or address.
func (n *Namespace) Watch(ctx context.Context) (<-chan Event, error) {
	events := make(chan Event, 64)
	send := func(e Event) {
		select {
		case events <- e:
		case <-ctx.Done():
		}
	}
	updates := make(chan netlink.RouteUpdate, 64)
	err := netlink.RouteSubscribeWithOptions(updates, ctx.Done(), netlink.RouteSubscribeOptions{
		Namespace:              &n.fd,
		ReceiveBufferSize:      1 << 20,
		ReceiveBufferForceSize: true,
		ErrorCallback: func(err error) { // called before updates is closed
			if ctx.Err() == nil {
				send(Event{Err: fmt.Errorf("%s: route events lost: %w", n.Name, err)})
			}
		},
	})
	if err != nil {
		return nil, fmt.Errorf("%s: cannot watch the routes: %w", n.Name, err)
	}
	go func() {
		defer close(events)
		for u := range updates {
			if r, ok := n.decode(u.Route); ok {
				send(Event{Route: r, Deleted: u.Type == unix.RTM_DELROUTE})
			}
		}
	}()
	return events, nil
}
