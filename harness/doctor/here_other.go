//go:build !linux

package doctor

import (
	"context"
	"errors"
	"time"
)

// Here returns what to try on this machine.
func Here(...string) []Check {
	live := Check{Name: "namespaces", For: "--runtime netns, and clab", Try: func(context.Context) (string, error) {
		return "", errors.New("live routers need Linux: run closlab in a virtual machine")
	}}
	return []Check{simulated, live, rendered}
}

// Patience is how long the checks may take together.
const Patience = time.Second
