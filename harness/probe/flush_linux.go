package probe

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"github.com/closlab/closlab/harness/kernel"
)

// hops is more links than any packet passes that arrives.
const hops = 64

// standstill is how long this machine may take for what it does at once unless it is overloaded beyond use.
const standstill = 10 * time.Second

// flush waits until all packets that were sent have arrived and been noted, and so have the answers to them. Those that have not are
// lost: that is known without waiting for some time that might be too short on a busy machine.
func (r *Run) flush() error {
	for range 2 { // first the packets, then the answers that those who noted them sent
		if err := r.drain.run(); err != nil {
			return err
		}
		if err := r.catchUp(); err != nil {
			return err
		}
	}
	return nil
}

// catchUp waits until all readers have read what is in their sockets now: each is sent a mark behind it.
func (r *Run) catchUp() error {
	r.marks.Store(0)
	for _, send := range r.mark {
		if err := send(); err != nil {
			return fmt.Errorf("flows: a socket cannot be written to: %w", err)
		}
	}
	if !r.wait(r.still, func() bool { return r.marks.Load() >= int64(len(r.mark)) }) {
		return errors.New("flows: what is lost cannot be told: this machine stood still")
	}
	return nil
}

// drain empties the kernel's queues of received packets. Every processor has one, in which a packet that it forwards stands in line again
// for each link between namespaces: packets that stand in line behind it on the same processor, as often as it can, are done
// after it.
type drain struct {
	fd   int // of a UDP socket that is connected to itself
	cpus unix.CPUSet
}

// newDrain returns one that works in a namespace.
func newDrain(in *kernel.Namespace) (*drain, error) {
	d := &drain{fd: -1}
	err := in.Do(func() error {
		if err := unix.SchedGetaffinity(0, &d.cpus); err != nil {
			return err
		}
		var err error
		if d.fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err != nil {
			return err
		}
		if err := unix.Bind(d.fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			return err
		}
		self, err := unix.Getsockname(d.fd)
		if err != nil {
			return err
		}
		patience := unix.NsecToTimeval(standstill.Nanoseconds())
		return errors.Join(unix.Connect(d.fd, self), unix.SetsockoptTimeval(d.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &patience))
	})
	if err != nil {
		err = fmt.Errorf("namespace %s: no socket to wait with: %w", in.Name, err)
	}
	return d, err
}

func (d *drain) Close() error { return unix.Close(d.fd) }

// run goes round on every processor that this process may run on.
func (d *drain) run() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer unix.SchedSetaffinity(0, &d.cpus)
	for cpu, left := 0, d.cpus.Count(); left > 0; cpu++ {
		if !d.cpus.IsSet(cpu) {
			continue
		}
		left--
		var one unix.CPUSet
		one.Set(cpu)
		if err := unix.SchedSetaffinity(0, &one); err != nil {
			return fmt.Errorf("flows: processor %d: %w", cpu, err)
		}
		for range hops {
			if err := d.round(); err != nil {
				return fmt.Errorf("flows: what is lost cannot be told: %w", err)
			}
		}
	}
	return nil
}

// round sends a packet and waits for it.
func (d *drain) round() error {
	var b [1]byte
	if _, err := unix.Write(d.fd, b[:]); err != nil {
		return err
	}
	for {
		if _, err := unix.Read(d.fd, b[:]); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// marker returns what sends a mark to a socket of UDP.
func (r *Run) marker(conn *net.UDPConn) func() error {
	to, text := conn.LocalAddr().(*net.UDPAddr).AddrPort(), message{kind: marked, round: r.number}.append(nil)
	return func() error {
		_, err := conn.WriteToUDPAddrPort(text, to)
		return err
	}
}
