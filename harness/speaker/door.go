//go:build linux

package speaker

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/closlab/closlab/harness/kernel"
)

// Door is where a speaker reports that this process has not started itself, since it is the first process of a container: a Unix socket in a
// folder that it sees, too. It ends when this process does.
type Door struct {
	Name   string // of the node, for messages
	folder *os.File
	listen *net.UnixListener
}

// socket is the door's name in its folder.
const socket = "closlab"

// Arguments returns those with which this binary is to be the first process of a container that has the door's folder at folder.
func Arguments(name, folder string) []string {
	return []string{argument, name, filepath.Join(folder, socket)}
}

// Environment returns what a speaker is to have in its environment: variables by name.
func Environment() map[string]string {
	out := map[string]string{}
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		out[name] = value
	}
	return out
}

// NewDoor makes a door in a folder that is there. Close closes it.
func NewDoor(name, folder string) (*Door, error) {
	d := &Door{Name: name}
	var err error
	if d.folder, err = os.Open(folder); err != nil {
		return nil, fmt.Errorf("node %s: %w", name, err)
	}
	path := filepath.Join("/proc/self/fd", strconv.Itoa(int(d.folder.Fd())), socket) // its own may be longer than sun_path
	if d.listen, err = net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"}); err != nil {
		d.folder.Close()
		return nil, fmt.Errorf("node %s: %w", name, err)
	}
	return d, nil
}

// Close closes the door; who has come in stays.
func (d *Door) Close() {
	d.listen.Close()
	d.folder.Close()
}

// Await waits until the speaker has reported, as long as ctx lasts. What it has to say of itself goes to log; how is asked for the end of its
// process, by its id, unless that has been killed here.
func (d *Door) Await(ctx context.Context, log io.Writer, how func(pid int) string) (Body, error) {
	defer context.AfterFunc(ctx, func() { d.listen.SetDeadline(time.Unix(1, 0)) })()
	v := &visitor{said: &lastWords{}, silent: make(chan struct{}), how: how}
	words, err := d.listen.AcceptUnix() // Hijack connects in this order
	if err == nil {
		if v.UnixConn, err = d.listen.AcceptUnix(); err != nil {
			words.Close()
		}
	}
	if err == nil {
		if v.process, err = peer(v.UnixConn); err != nil {
			words.Close()
			v.Close()
		}
	}
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("node %s: its process has not reported: %w", d.Name, err)
	}
	go func() {
		io.Copy(io.MultiWriter(v.said, log), words)
		words.Close()
		close(v.silent)
	}()
	return v, nil
}

// peer returns the process at the other end.
func peer(conn *net.UnixConn) (kernel.Process, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return kernel.Process{}, err
	}
	var who *unix.Ucred
	if failed := raw.Control(func(fd uintptr) { who, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); failed != nil {
		err = failed
	}
	if err != nil {
		return kernel.Process{}, err
	}
	if who.Pid == 0 {
		return kernel.Process{}, fmt.Errorf("it is no process of this machine, or of this container: run closlab where the containers run")
	}
	return kernel.ProcessOf(int(who.Pid))
}

// visitor is a speaker that has come in at a door.
type visitor struct {
	*net.UnixConn
	process kernel.Process
	said    *lastWords
	silent  chan struct{} // nothing more is said
	how     func(pid int) string
	killed  atomic.Bool
}

func (v *visitor) Pid() int { return v.process.Pid }

func (v *visitor) Kill() {
	v.killed.Store(true)
	v.process.Kill()
}

func (v *visitor) Ended() string {
	<-v.silent
	if v.killed.Load() {
		return "killed"
	}
	return v.how(v.process.Pid) + v.said.quoted()
}

// report connects the first process of a container to the door at path: its standard error, and the lines of requests and answers.
func report(path string) (*net.UnixConn, error) {
	to := &net.UnixAddr{Name: path, Net: "unix"}
	words, err := net.DialUnix("unix", nil, to)
	if err != nil {
		return nil, err
	}
	lines, err := net.DialUnix("unix", nil, to)
	if err != nil {
		return nil, err
	}
	f, err := words.File()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	defer words.Close()
	return lines, unix.Dup3(int(f.Fd()), int(os.Stderr.Fd()), 0)
}
