package frr_test

import (
	"bufio"
	"context"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// daemon is a bgpd in a network namespace that nothing else is in. It dies with the test.
type daemon struct {
	t   *testing.T
	ctx context.Context
	ns  netns.NsHandle
	vty *bufio.ReadWriter
}

// bgpdPath is where the packages of Debian and of FRR put the daemons.
const bgpdPath = "/usr/lib/frr/bgpd"

// startBGPd starts bgpd with the configuration and these addresses of its namespace's loopback interface.
func startBGPd(ctx context.Context, t *testing.T, config string, addrs ...netip.Addr) *daemon {
	t.Helper()
	require.FileExists(t, bgpdPath, "FRR is needed: scripts/need vtysh:frr installs it without starting it")
	d := &daemon{t: t, ctx: ctx}
	dir, err := os.MkdirTemp("", "bgpd")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bgpd.conf"), []byte(config), 0o644))
	cmd := exec.CommandContext(ctx, bgpdPath, "-S", "-Z", "-n", "-P", "0", "-f", filepath.Join(dir, "bgpd.conf"),
		"--vty_socket", dir, "-i", filepath.Join(dir, "bgpd.pid"), "--log", "file:"+filepath.Join(dir, "bgpd.log"), "--log-level", "critical")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	started, ended := make(chan error), make(chan struct{})
	go func() { // Pdeathsig is about the thread: it stays
		runtime.LockOSThread()
		started <- cmd.Start()
		cmd.Wait()
		close(ended)
	}()
	require.NoError(t, <-started, "bgpd in a network namespace of its own: root is needed")
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "bgpd.log"))
			t.Logf("bgpd says:\n%s", log)
		}
	})
	d.ns, err = netns.GetFromPid(cmd.Process.Pid)
	require.NoError(t, err)
	t.Cleanup(func() { d.ns.Close() })
	d.addresses(addrs)
	d.connectVTY(filepath.Join(dir, "bgpd.vty"))
	return d
}

// addresses brings the loopback interface up with the addresses.
func (d *daemon) addresses(addrs []netip.Addr) {
	h, err := netlink.NewHandleAt(d.ns)
	require.NoError(d.t, err)
	defer h.Close()
	lo, err := h.LinkByName("lo")
	require.NoError(d.t, err)
	require.NoError(d.t, h.LinkSetUp(lo))
	for _, a := range addrs {
		ip := &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(a.BitLen(), a.BitLen())}
		require.NoError(d.t, h.AddrAdd(lo, &netlink.Addr{IPNet: ip}))
	}
}

// connectVTY opens the terminal once bgpd listens for it.
func (d *daemon) connectVTY(socket string) {
	for {
		c, err := net.Dial("unix", socket)
		if err == nil {
			d.t.Cleanup(func() { c.Close() })
			d.vty = bufio.NewReadWriter(bufio.NewReader(c), bufio.NewWriter(c))
			d.commands("enable")
			return
		}
		require.NoError(d.t, d.ctx.Err(), "bgpd does not open its terminal: %s", err)
		runtime.Gosched()
	}
}

// dial opens a BGP connection to bgpd from an address of its namespace.
func (d *daemon) dial(from, to netip.Addr) net.Conn {
	var out net.Conn
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends in the other namespace
		if err := netns.Set(d.ns); err != nil {
			done <- err
			return
		}
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: from.AsSlice()}}
		var err error
		out, err = dialer.DialContext(d.ctx, "tcp", netip.AddrPortFrom(to, 179).String())
		done <- err
	}()
	require.NoError(d.t, <-done)
	d.t.Cleanup(func() { out.Close() })
	return out
}

// run gives bgpd a command, as vtysh does, and returns what it answers. Status 0 is success.
func (d *daemon) run(command string) (answer string, status byte) {
	d.vty.WriteString(command)
	d.vty.WriteByte(0)
	require.NoError(d.t, d.vty.Flush())
	var out []byte
	for {
		part, err := d.vty.ReadBytes(0)
		require.NoError(d.t, err)
		out = append(out, part[:len(part)-1]...)
		if next, err := d.vty.Peek(1); err == nil && next[0] == 0 { // two more and the status
			rest := make([]byte, 3)
			for i := range rest {
				rest[i], err = d.vty.ReadByte()
				require.NoError(d.t, err)
			}
			return string(out), rest[2]
		}
	}
}

// commands gives bgpd commands that it must take.
func (d *daemon) commands(lines ...string) {
	d.t.Helper()
	for _, l := range lines {
		if answer, status := d.run(l); status != 0 {
			require.Fail(d.t, "bgpd refuses a command", "%s: status %d: %s", l, status, strings.TrimSpace(answer))
		}
	}
}

// configure gives bgpd the lines of a configuration text, as vtysh -f does: all at once, since bgpd takes the longer over a line the more there are.
func (d *daemon) configure(text string) {
	d.t.Helper()
	d.commands("configure terminal", "XFRR_start_configuration")
	all := strings.Split(text, "\n")
	for i, l := range all {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "!") {
			if answer, status := d.run(l); status != 0 || answer != "" { // for lines before it, too
				require.Fail(d.t, "bgpd refuses a line", "%s: status %d: %.600s\n%s", l, status, strings.TrimSpace(answer), strings.Join(all[max(0, i-12):i], "\n"))
			}
		}
	}
	d.commands("XFRR_end_configuration", "end")
}
