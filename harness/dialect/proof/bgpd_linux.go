package proof

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netns"
)

// BGPd is a bgpd under test. It dies with the test.
type BGPd struct {
	Router
	vty *bufio.ReadWriter
}

// bgpdPath is where the packages of Debian and of FRR put the daemons.
const bgpdPath = "/usr/lib/frr/bgpd"

// StartBGPd starts bgpd with the configuration, and opens its terminal.
func StartBGPd(ctx context.Context, t testing.TB, config string) *BGPd {
	t.Helper()
	require.FileExists(t, bgpdPath, "FRR is needed: scripts/need vtysh:frr installs it without starting it")
	d := &BGPd{Router: Router{t: t, ctx: ctx}}
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
	ns, err := netns.GetFromPid(cmd.Process.Pid)
	require.NoError(t, err)
	d.enter(ns)
	d.connectVTY(filepath.Join(dir, "bgpd.vty"))
	return d
}

// RouterBGP returns router bgp with all peers and no policy. Routes between internal peers are reflected.
func RouterBGP() string {
	var b strings.Builder
	fmt.Fprintf(&b, "router bgp %d\n bgp router-id %s\n no bgp ebgp-requires-policy\n bgp route-reflector allow-outbound-policy\n", TestedAS, TestedAddr(false))
	fmt.Fprintf(&b, " bgp route-map delay-timer 0\n no bgp default ipv4-unicast\n no bgp network import-check\n coalesce-time 0\n")
	for _, v6 := range families {
		for i := range Peers {
			fmt.Fprintf(&b, " neighbor %[1]s remote-as %[2]d\n neighbor %[1]s passive\n neighbor %[1]s disable-connected-check\n neighbor %[1]s timers 0 0\n neighbor %[1]s advertisement-interval 0\n",
				PeerAddr(i, v6), PeerAS(i))
		}
		fmt.Fprintf(&b, " address-family %s unicast\n", map[bool]string{false: "ipv4", true: "ipv6"}[v6])
		for i := range Peers {
			fmt.Fprintf(&b, "  neighbor %s activate\n", PeerAddr(i, v6))
			if PeerAS(i) == TestedAS {
				fmt.Fprintf(&b, "  neighbor %s route-reflector-client\n", PeerAddr(i, v6))
			}
		}
		b.WriteString(" exit-address-family\n")
	}
	b.WriteString("exit\n")
	return b.String()
}

// connectVTY opens the terminal once bgpd listens for it.
func (d *BGPd) connectVTY(socket string) {
	for {
		c, err := net.Dial("unix", socket)
		if err == nil {
			d.t.Cleanup(func() { c.Close() })
			d.vty = bufio.NewReadWriter(bufio.NewReader(c), bufio.NewWriter(c))
			d.Commands("enable")
			return
		}
		require.NoError(d.t, d.ctx.Err(), "bgpd does not open its terminal: %s", err)
		runtime.Gosched()
	}
}

// Run gives bgpd a command, as vtysh does, and returns what it answers. Status 0 is success.
func (d *BGPd) Run(command string) (answer string, status byte) {
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

// Commands gives bgpd commands that it must take.
func (d *BGPd) Commands(lines ...string) {
	d.t.Helper()
	for _, l := range lines {
		if answer, status := d.Run(l); status != 0 {
			require.Fail(d.t, "bgpd refuses a command", "%s: status %d: %s", l, status, strings.TrimSpace(answer))
		}
	}
}

// Configure gives bgpd the lines of a configuration text, as vtysh -f does: all at once, since bgpd takes the longer over a line the more there are.
func (d *BGPd) Configure(text string) {
	d.t.Helper()
	d.Commands("configure terminal", "XFRR_start_configuration")
	all := strings.Split(text, "\n")
	for i, l := range all {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "!") {
			if answer, status := d.Run(l); status != 0 || answer != "" { // for lines before it, too
				require.Fail(d.t, "bgpd refuses a line", "%s: status %d: %.600s\n%s", l, status, strings.TrimSpace(answer), strings.Join(all[max(0, i-12):i], "\n"))
			}
		}
	}
	d.Commands("XFRR_end_configuration", "end")
}
