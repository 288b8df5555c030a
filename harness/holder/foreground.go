//go:build linux

package holder

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// front is, for a holder, the process in front of the user; nil for others.
type front struct {
	conn  *os.File
	taken chan struct{} // it has taken the exit code
	gone  chan struct{} // it ended before
}

var foreground *front

// handed is where a holder finds the connection to its foreground.
const handed = 3

// Hijack makes this process a holder if Detach started it: os.Args are then those of the command. A program that detaches calls it first
// of all in main.
func Hijack() {
	if len(os.Args) < 2 || os.Args[1] != argument {
		return
	}
	os.Args = append(os.Args[:1:1], os.Args[2:]...)
	unix.CloseOnExec(handed)
	f := &front{conn: os.NewFile(handed, "foreground"), taken: make(chan struct{}), gone: make(chan struct{})}
	foreground = f
	go func() {
		if n, _ := f.conn.Read(make([]byte, 1)); n == 1 {
			close(f.taken)
		} else {
			close(f.gone)
		}
	}()
}

// Held reports whether this process is a holder.
func Held() bool { return foreground != nil }

// WithForeground returns a context that ends when the foreground does without having taken an exit code.
func WithForeground(ctx context.Context) context.Context {
	if foreground == nil {
		return ctx
	}
	ctx, end := context.WithCancelCause(ctx)
	go func() {
		<-foreground.gone
		end(errors.New("the process in the foreground has ended"))
	}()
	return ctx
}

// release hands the exit code over and lets the foreground go. What this process writes to its standard output and error goes to the log
// from now on. If the error is not nil nobody has taken the code, and nobody knows of the lab.
func (f *front) release(code int, log string) error {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("log of the lab: %w", err)
	}
	defer out.Close()
	for _, fd := range []int{1, 2} { // first: who reads our output waits until nobody has it open
		if err := unix.Dup3(int(out.Fd()), fd, 0); err != nil {
			return fmt.Errorf("log of the lab: %w", err)
		}
	}
	if err := os.Chdir("/"); err != nil { // keep no folder of the user's busy
		return err
	}
	defer f.conn.Close()
	if _, err := f.conn.Write([]byte{byte(code)}); err != nil {
		return fmt.Errorf("foreground: %w", err)
	}
	select {
	case <-f.taken:
		return nil
	case <-f.gone:
		return errors.New("foreground: ended before it took the result")
	}
}
