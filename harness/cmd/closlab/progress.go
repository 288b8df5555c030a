package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// quick is how long a command may take and say nothing of it.
const quick = time.Second

// progress tells what a command is doing, a line each thing, once it takes longer than what is quick: first the thing that is under way then.
type progress struct {
	to    io.Writer
	mu    sync.Mutex
	doing string // "" if it is told
	late  bool
}

type progressKey struct{}

// withProgress returns a context whose telling tells on to, as long as ctx lasts.
func withProgress(ctx context.Context, to io.Writer) context.Context {
	p := &progress{to: to}
	timer := time.AfterFunc(quick, func() { p.note(func() { p.late = true }) })
	context.AfterFunc(ctx, func() { timer.Stop() })
	return context.WithValue(ctx, progressKey{}, p)
}

// telling returns what takes the thing that is being done from now on.
func telling(ctx context.Context) func(what string) {
	p := ctx.Value(progressKey{}).(*progress)
	return func(what string) { p.note(func() { p.doing = what }) }
}

// note takes in what has changed, and tells what is to be told.
func (p *progress) note(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if change(); p.late && p.doing != "" {
		fmt.Fprintln(p.to, "closlab:", p.doing)
		p.doing = ""
	}
}
