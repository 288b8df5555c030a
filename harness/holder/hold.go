//go:build linux

package holder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/closlab/closlab/harness/runtime/netns"
)

// Hold answers requests until ctx ends, and then ends the lab. A holder hands code over to its foreground first. If a router's process
// ends, a holder says so in its log and goes on, for somebody to look at the lab; in the foreground that ends the lab, and is the error.
func (l *Lab) Hold(ctx context.Context, code int) error {
	return errors.Join(l.hold(ctx, code), l.Stop())
}

// Stop ends the lab.
func (l *Lab) Stop() error { return l.runtime.Stop() }

func (l *Lab) hold(ctx context.Context, code int) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	listener, err := l.listen()
	if err != nil {
		return err
	}
	if foreground != nil {
		if err := foreground.release(code, filepath.Join(netns.Folder(l.runtime.Name), "log")); err != nil {
			return err
		}
	}
	lost := make(chan error, 1)
	go func() {
		err := l.runtime.Wait()
		switch {
		case err == nil:
		case foreground != nil:
			fmt.Fprintln(os.Stderr, "closlab:", err)
		default:
			lost <- err
			end()
		}
	}()
	err = l.serve(ctx, listener)
	select {
	case crash := <-lost:
		return crash
	default:
		return err
	}
}
