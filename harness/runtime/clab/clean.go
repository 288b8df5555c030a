//go:build linux

package clab

import (
	"context"
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// Clean removes the containers of labs whose process is gone, and returns the names of these labs; netns.Clean removes the rest. Where
// Docker does not answer there may be some: that is an error if a killed lab is one of this runtime, whose folder is to stay until they are gone.
func Clean(ctx context.Context) ([]string, error) {
	dead, err := containers(ctx, func(c container) bool { return !alive(c.Process) })
	if err == nil {
		err = remove(ctx, dead)
	} else if labs, _ := netns.Labs(); !slices.ContainsFunc(labs, func(l netns.Lab) bool { return !l.Alive && l.Runtime == Name }) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("containers of killed labs: %w", err)
	}
	var labs []string
	for _, c := range dead {
		labs = append(labs, c.Lab)
	}
	slices.Sort(labs)
	return slices.Compact(labs), nil
}

// alive reports whether there is the process that a label names.
func alive(process string) bool {
	var p kernel.Process
	if _, err := fmt.Sscanf(process, "%d.%d", &p.Pid, &p.Born); err != nil {
		return false
	}
	return !p.Ended()
}
