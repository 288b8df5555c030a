//go:build linux

package holder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"

	"github.com/closlab/closlab/harness/runtime/netns"
)

// listen makes the socket on which the lab is asked. The lab's folder lets nobody in but root.
func (l *Lab) listen() (*net.UnixListener, error) {
	out, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket(l.runtime.Name), Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("lab %s: socket for requests: %w", l.runtime.Name, err)
	}
	return out, nil
}

// socket returns where a lab is asked.
func socket(lab string) string { return filepath.Join(netns.Folder(lab), "control") }

// serve answers requests until ctx ends, and returns when none is under way any more. The error says why it cannot go on.
func (l *Lab) serve(ctx context.Context, listener *net.UnixListener) error {
	defer context.AfterFunc(ctx, func() { listener.Close() })()
	var under sync.WaitGroup
	defer under.Wait()
	for {
		conn, err := listener.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("lab %s: socket for requests: %w", l.runtime.Name, err)
		}
		under.Go(func() {
			defer conn.Close()
			l.answer(ctx, conn)
		})
	}
}

// answer takes one request, and gives it up when whoever asked hangs up.
func (l *Lab) answer(ctx context.Context, conn io.ReadWriter) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var q Request
	in := json.NewDecoder(io.LimitReader(conn, 1<<20))
	if err := in.Decode(&q); err != nil {
		return
	}
	go func() {
		io.Copy(io.Discard, conn)
		cancel(errors.New("given up by whoever asked"))
	}()
	out := json.NewEncoder(conn)
	progress := func(what string) { out.Encode(line{Progress: what}) }
	select {
	case l.turn <- struct{}{}:
	default:
		progress("waiting: the lab is busy with another request")
		select {
		case l.turn <- struct{}{}:
		case <-ctx.Done():
			return
		}
	}
	defer func() { <-l.turn }()
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(os.Stderr, "closlab: internal error: %v\n%s", p, debug.Stack())
			out.Encode(line{Answer: &Answer{Error: fmt.Sprintf("internal error: %v", p)}})
		}
	}()
	out.Encode(line{Answer: l.do(ctx, q, progress)})
}
