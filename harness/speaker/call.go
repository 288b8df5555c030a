//go:build linux

package speaker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"reflect"
	"time"
	"unsafe"

	"github.com/osrg/gobgp/v4/pkg/packet/bgp"
	"github.com/osrg/gobgp/v4/pkg/server"
	"golang.org/x/sys/unix"
)

// GoBGP 4.8.0 waits for 1.5 to 2 seconds before it connects to a neighbour, whatever it is told, and for 7 after a connection that
// fails. So it is told to be passive at both ends of every session. The router connects in its place, as soon as GoBGP waits for a
// connection, and gives it one over which the neighbour has begun to speak as if GoBGP had accepted it.

// accepted returns the channel on which GoBGP takes the connections that its listeners accept. GoBGP keeps it to itself.
func accepted(s *server.BgpServer) (chan<- net.Conn, error) {
	field := reflect.ValueOf(s).Elem().FieldByName("acceptCh")
	if !field.IsValid() || field.Type() != reflect.TypeFor[chan net.Conn]() {
		return nil, errors.New("GoBGP takes connections in another way than GoBGP 4.8.0")
	}
	return *(*chan net.Conn)(unsafe.Pointer(field.UnsafeAddr())), nil
}

// How long after one that failed the router connects again: at first, and at most.
const (
	soon = 10 * time.Millisecond
	late = time.Second
)

// state notes that GoBGP has taken the session with a neighbour to another state. The caller holds the lock.
func (r *router) state(neighbour netip.Addr, to bgp.FSMState) {
	if hangUp := r.calls[neighbour]; hangUp != nil {
		hangUp()
		delete(r.calls, neighbour)
	}
	p, known := r.peers[neighbour]
	if to != bgp.BGP_FSM_ACTIVE || !known || p.Passive {
		return
	}
	var ctx context.Context
	ctx, r.calls[neighbour] = context.WithCancel(context.Background())
	go r.call(ctx, p)
}

// call connects to a neighbour, as often as it takes until ctx ends.
func (r *router) call(ctx context.Context, p Peer) {
	for wait := soon; ; wait = min(2*wait, late) {
		conn, err := connect(ctx, p.Local, netip.AddrPortFrom(p.Remote, bgp.BGP_PORT))
		if err == nil {
			r.accepted <- conn
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// connect returns a connection to a neighbour that has begun to speak. One that is not ready closes it at once: if GoBGP had it by then, it
// would take that for the end of a session.
func connect(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0)), KeepAlive: -1, Timeout: late}
	conn, err := dialer.DialContext(ctx, "tcp", to.String())
	if err != nil {
		return nil, err
	}
	stay := context.AfterFunc(ctx, func() { conn.Close() })
	if err := speaks(conn.(*net.TCPConn)); err != nil || !stay() {
		conn.Close()
		return nil, fmt.Errorf("neighbour %s: %w", to, cmp.Or(ctx.Err(), err))
	}
	return conn, nil
}

// speaks waits for the other side's first byte, and leaves it to be read.
func speaks(conn *net.TCPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Read(func(fd uintptr) bool {
		var n int
		n, _, failed = unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK)
		if failed == nil && n == 0 {
			failed = io.EOF
		}
		return !errors.Is(failed, unix.EAGAIN) && !errors.Is(failed, unix.EINTR)
	})
	return errors.Join(err, failed)
}
