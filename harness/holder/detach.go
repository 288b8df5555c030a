//go:build linux

package holder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// argument is the hidden first argument of this binary that makes it a holder.
const argument = "holder"

// Detach runs the command line of this process once more as a holder, and returns the exit code when the holder hands it over or ends.
// When ctx ends before that, the holder is told to end. The error says that the holder has gone without a result.
func Detach(ctx context.Context) (int, error) {
	exe, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("holder of the lab: %w", err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("holder of the lab: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "holder"), os.NewFile(uintptr(pair[1]), "foreground")
	defer ours.Close()
	cmd := &exec.Cmd{Path: exe, Args: append([]string{os.Args[0], argument}, os.Args[1:]...), Stdout: os.Stdout, Stderr: os.Stderr,
		ExtraFiles: []*os.File{theirs}, SysProcAttr: &syscall.SysProcAttr{Setsid: true}}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		return 0, fmt.Errorf("holder of the lab: %w", err)
	}
	defer context.AfterFunc(ctx, func() { cmd.Process.Signal(syscall.SIGTERM) })()
	var code [1]byte
	if _, err := ours.Read(code[:]); err == nil {
		_, err = ours.Write(code[:]) // taken: from now on it holds the lab alone
		ours.Read(make([]byte, 1))   // until it has let go of its end, so that nothing leads into the lab
		return int(code[0]), err
	}
	err = cmd.Wait()
	var failed *exec.ExitError
	if errors.As(err, &failed) && failed.Exited() {
		return failed.ExitCode(), nil
	}
	if err != nil {
		return 0, fmt.Errorf("holder of the lab: process %d: %w: closlab lab clean removes what it left", cmd.Process.Pid, err)
	}
	return 0, nil
}
