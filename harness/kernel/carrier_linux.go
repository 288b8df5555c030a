package kernel

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Carrier tells whether a link can carry packets: its interface is up, and so is the one at its other end.
type Carrier struct {
	Link string
	Up   bool
	Err  error // no more will come
}

// Carriers returns the state of every link but the loopback, each once at first and then whenever it has changed, in order, until
// the context ends; then the channel is closed.
func (n *Namespace) Carriers(ctx context.Context) (<-chan Carrier, error) {
	// Not netlink.LinkSubscribe: it drops what the kernel tells in the name of who asked for the change, as Linux 6.18 does.
	s, err := nl.SubscribeAt(n.fd, netns.None(), unix.NETLINK_ROUTE, unix.RTNLGRP_LINK)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot watch the links: %w", n.Name, err)
	}
	go func() {
		<-ctx.Done()
		s.Close()
	}()
	w := &carrierWatch{n: n, ctx: ctx, known: map[string]bool{}, out: make(chan Carrier, 64)}
	go w.run(s)
	return w.out, nil
}

// carrierWatch tells of the links of a namespace.
type carrierWatch struct {
	n     *Namespace
	ctx   context.Context
	known map[string]bool
	out   chan Carrier
}

func (w *carrierWatch) run(s *nl.NetlinkSocket) {
	defer close(w.out)
	for err := w.list(); ; {
		var messages []syscall.NetlinkMessage
		if err == nil {
			messages, _, err = s.Receive()
		}
		switch {
		case w.ctx.Err() != nil:
			return
		case errors.Is(err, unix.ENOBUFS): // some were lost
			err = w.list()
			continue
		case err != nil:
			w.send(Carrier{Err: fmt.Errorf("%s: cannot watch the links any more: %w", w.n.Name, err)})
			return
		}
		for _, m := range messages {
			header := unix.NlMsghdr(m.Header)
			l, bad := netlink.LinkDeserialize(&header, m.Data)
			if bad == nil {
				w.tell(l, header.Type == unix.RTM_DELLINK)
			}
		}
	}
}

// list tells of all links.
func (w *carrierWatch) list() error {
	links, err := w.n.link.LinkList()
	for _, l := range links {
		w.tell(l, false)
	}
	return err
}

// tell passes on what is new of a link.
func (w *carrierWatch) tell(l netlink.Link, gone bool) {
	const whole = unix.IFF_UP | unix.IFF_LOWER_UP
	a := l.Attrs()
	up := !gone && a.RawFlags&whole == whole
	if was, seen := w.known[a.Name]; a.RawFlags&unix.IFF_LOOPBACK == 0 && (!seen || was != up) {
		w.known[a.Name] = up
		w.send(Carrier{Link: a.Name, Up: up})
	}
}

func (w *carrierWatch) send(c Carrier) {
	select {
	case w.out <- c:
	case <-w.ctx.Done():
	}
}

// Subnets returns the global addresses of every link but the loopback, with the lengths of their subnets.
func (n *Namespace) Subnets() (map[string][]netip.Prefix, error) {
	list, err := n.link.AddrList(nil, netlink.FAMILY_ALL)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot list the addresses: %w", n.Name, err)
	}
	out := map[string][]netip.Prefix{}
	for _, a := range list {
		bits, _ := a.Mask.Size()
		if link := n.name(a.LinkIndex); link != "lo" && a.Scope == unix.RT_SCOPE_UNIVERSE {
			out[link] = append(out[link], netip.PrefixFrom(addr(a.IP), bits))
		}
	}
	return out, nil
}
