package kernel

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Process is a process of this machine. Ids are used again, so it has its time of birth besides.
type Process struct {
	Pid  int
	Born uint64 // clock ticks after the machine started: field 22 of proc_pid_stat(5)
}

// ProcessOf returns the process of that id. Without one the error wraps fs.ErrNotExist.
func ProcessOf(pid int) (Process, error) {
	p, _, err := stat(pid)
	return p, err
}

// Ended reports whether the process is gone, or has only not been waited for.
func (p Process) Ended() bool {
	now, state, err := stat(p.Pid)
	return errors.Is(err, os.ErrNotExist) || err == nil && (now != p || state == "Z" || state == "X")
}

// stat returns the process of that id, and its state, by proc_pid_stat(5).
func stat(pid int) (p Process, state string, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, unix.ESRCH) { // it ended while it was read
		err = os.ErrNotExist
	}
	if err != nil {
		return Process{}, "", fmt.Errorf("process %d: %w", pid, err)
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:]) // a name may hold blanks and brackets; field 3 is first here
	if len(fields) < 20 {
		return Process{}, "", fmt.Errorf("process %d: cannot read its stat: %q", pid, text)
	}
	born, err := strconv.ParseUint(string(fields[22-3]), 10, 64)
	if err != nil {
		return Process{}, "", fmt.Errorf("process %d: cannot read when it started: %w", pid, err)
	}
	return Process{pid, born}, string(fields[0]), nil
}

// Kill ends the process and waits until it is gone, if it is still there; another one of the same id is left alone. The first process of a
// pid namespace stays in the table until the parents of all others in there have taken notice: that is not waited for longer than patience.
func (p Process) Kill() error {
	fd, err := unix.PidfdOpen(p.Pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("process %d: %w", p.Pid, err)
	}
	defer unix.Close(fd)
	now, err := ProcessOf(p.Pid) // after the descriptor was opened: that process cannot become another
	if errors.Is(err, os.ErrNotExist) || err == nil && now != p {
		return nil
	}
	if err != nil {
		return err
	}
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("process %d: cannot end it: %w", p.Pid, err)
	}
	_, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, patience)
	if errors.Is(err, unix.EINTR) {
		return p.Kill()
	}
	return err
}

const patience = 1000 // milliseconds

// Inside returns the processes whose network namespace has one of these names, other than this one.
func Inside(names ...string) ([]Process, error) {
	spaces := map[uint64]bool{} // inodes of nsfs, which is one file system
	for _, name := range names {
		if info, err := os.Stat(filepath.Join(folder, name)); err == nil {
			spaces[info.Sys().(*syscall.Stat_t).Ino] = true
		}
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("processes: %w", err)
	}
	var out []Process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		info, err := os.Stat(fmt.Sprintf("/proc/%d/ns/net", pid))
		if err != nil || !spaces[info.Sys().(*syscall.Stat_t).Ino] {
			continue // of the kernel, or gone
		}
		if p, err := ProcessOf(pid); err == nil {
			out = append(out, p)
		}
	}
	return out, nil
}
