//go:build linux

package clab

import (
	"context"
	"io"
	"sync"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/runtime/netns"
	"github.com/closlab/closlab/harness/speaker"
)

// NewTold is New, and calls wired when all containers run and are joined, before a router is told anything.
func NewTold(life context.Context, f *fabric.Fabric, opt netns.Options, wired func()) (*netns.Runtime, error) {
	opt.Ground = &told{&ground{doors: map[string]*speaker.Door{}}, sync.OnceFunc(wired)}
	return netns.New(life, f, opt)
}

type told struct {
	*ground
	wired func()
}

func (t *told) Start(life context.Context, n *fabric.Node, in *kernel.Namespace, r *speaker.Router, log io.Writer, changed func(*speaker.Glance)) (*speaker.Process, error) {
	t.wired()
	return t.ground.Start(life, n, in, r, log, changed)
}
