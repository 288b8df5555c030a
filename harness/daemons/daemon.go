//go:build linux

package daemons

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Folder is where distributions keep the daemons.
const Folder = "/usr/lib/frr"

// Run is FRR's run directory: vtysh finds the daemons there.
const Run = "/run/frr"

// Installed returns what to do if FRR is missing.
func Installed() error {
	for _, name := range []string{"zebra", "staticd", "bgpd"} {
		if _, err := os.Stat(filepath.Join(Folder, name)); err != nil {
			return fmt.Errorf("FRR is not installed (%w): install it (Debian, Ubuntu: apt-get install frr), or run these routers with --engine gobgp", err)
		}
	}
	return nil
}

// daemon is one process of the router.
type daemon struct {
	name  string
	cmd   *exec.Cmd
	ready chan struct{} // closed once it serves
	gone  chan struct{} // closed once it has ended, with err
	err   error
	*Vty
}

// start runs a daemon and follows what it says; note is called with every line.
func start(name string, log io.Writer, note func(line string), args ...string) (*daemon, error) {
	config := filepath.Join(Run, name+".start")
	if err := os.WriteFile(config, nil, 0o644); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	args = append([]string{"-f", config, "--vty_socket", Run, "-z", filepath.Join(Run, "zserv.api"), "-i", filepath.Join(Run, name+".pid"),
		"-P", "0", "-u", "frr", "-g", "frr", "--log", "stdout"}, args...)
	d := &daemon{name: name, cmd: exec.Command(filepath.Join(Folder, name), args...), ready: make(chan struct{}), gone: make(chan struct{})}
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	d.cmd.Stderr = log
	out, err := d.cmd.StdoutPipe()
	if err == nil {
		err = d.cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	go d.follow(out, note)
	return d, nil
}

// follow reads the daemon's log until it ends. "starting: vty@" is its last word before it serves (lib/libfrr.c, frr_run).
func (d *daemon) follow(out io.Reader, note func(line string)) {
	var last string
	serving := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		last = lines.Text()
		if !serving && strings.Contains(last, " starting: vty@") {
			serving = true
			close(d.ready)
		}
		note(last)
	}
	d.err = fmt.Errorf("%s has ended; its last words: %s", d.name, last)
	close(d.gone)
	d.cmd.Wait() // whoever ignores SIGCHLD would wait here for all other children, too
}

// serve waits until the daemon serves, and connects to it.
func (d *daemon) serve(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return fmt.Errorf("%s does not start: %w", d.name, ctx.Err())
	case <-d.gone:
		return d.err
	case <-d.ready:
	}
	var err error
	d.Vty, err = dial(d.name, filepath.Join(Run, d.name+".vty"))
	return err
}

// Seclude makes an empty /run and an empty /var/tmp, which are this mount namespace's own: the caller must be in one of its own, or
// this hides the machine's.
func Seclude() error {
	for folder, mode := range map[string]string{"/run": "mode=755", "/var/tmp": "mode=1777"} { // crash logs go to the other
		if err := syscall.Mount("none", folder, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, mode); err != nil {
			return fmt.Errorf("a folder of its own for %s: %w", folder, err)
		}
	}
	return nil
}

// home makes FRR's run directory.
func home() error {
	account, err := user.Lookup("frr")
	if err != nil {
		return fmt.Errorf("FRR's account: %w", err)
	}
	uid, err1 := strconv.Atoi(account.Uid)
	gid, err2 := strconv.Atoi(account.Gid)
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("FRR's account: %w", err)
	}
	if err := os.MkdirAll(Run, 0o755); err != nil {
		return err
	}
	return os.Chown(Run, uid, gid)
}
