//go:build linux

package daemons

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

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
	if !managed(name) {
		config := filepath.Join(Run, name+".start")
		if err := os.WriteFile(config, nil, 0o644); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		args = append([]string{"-f", config}, args...)
	}
	args = append([]string{"--vty_socket", Run, "-z", filepath.Join(Run, "zserv.api"), "-i", filepath.Join(Run, name+".pid"),
		"-P", "0", "-u", "frr", "-g", "frr", "--log", "stdout"}, args...)
	d := &daemon{name: name, cmd: exec.Command(filepath.Join(Folder, name), args...), ready: make(chan struct{}), gone: make(chan struct{})}
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Chroot: root()}
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

// lastWord returns what a daemon says when it has begun to serve (lib/libfrr.c, frr_run), or is about to; mgmtd then has yet to
// connect to itself (lib/vty.c, mgmt_vty_read_configs).
func lastWord(name string) string {
	if name == "mgmtd" {
		return "finished reading config files"
	}
	return " starting: vty@"
}

// follow reads the daemon's log until it ends.
func (d *daemon) follow(out io.Reader, note func(line string)) {
	var last string
	serving := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		last = lines.Text()
		if !serving && strings.Contains(last, lastWord(d.name)) {
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
