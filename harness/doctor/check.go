package doctor

import (
	"context"
	"fmt"
	"sync"
)

// Check is something that may work on a machine or not.
type Check struct {
	Name     string
	For      string // what it is needed for
	Optional bool   // closlab does all that it can without
	// Try returns what there is, as a version, or why it does not work and what to do.
	Try func(context.Context) (string, error)
}

// Finding is what came of a check.
type Finding struct {
	Name     string `json:"name"`
	For      string `json:"for"`
	Optional bool   `json:"optional"`
	Works    bool   `json:"works"`
	Detail   string `json:"detail"` // what there is, or why it does not work and what to do
}

// Examine tries all, at the same time, and returns the findings in their order. A check that is not done when ctx ends does not work, and is
// left behind.
func Examine(ctx context.Context, checks []Check) []Finding {
	out := make([]Finding, len(checks))
	var wg sync.WaitGroup
	for i, c := range checks {
		out[i] = Finding{Name: c.Name, For: c.For, Optional: c.Optional}
		wg.Go(func() { out[i].Detail, out[i].Works = c.try(ctx) })
	}
	wg.Wait()
	return out
}

func (c *Check) try(ctx context.Context) (string, bool) {
	type result struct {
		detail string
		err    error
	}
	done := make(chan result, 1)
	go func() {
		detail, err := c.Try(ctx)
		done <- result{detail, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return r.err.Error(), false
		}
		return r.detail, true
	case <-ctx.Done():
		return fmt.Sprintf("no answer: %v", context.Cause(ctx)), false
	}
}

// Healthy reports whether everything works that is not optional.
func Healthy(all []Finding) bool {
	for _, f := range all {
		if !f.Works && !f.Optional {
			return false
		}
	}
	return true
}
