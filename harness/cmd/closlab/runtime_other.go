//go:build !linux

package main

import (
	"context"
	"fmt"
	"io"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/kernel"
)

// starter returns nil for sim, which only predicts: there is no live runtime here.
func starter(_ context.Context, runtime string, _ uint64, _ io.Writer, _ bool) (func(*fabric.Fabric) (*gate.Live, error), error) {
	if runtime == "sim" {
		return nil, nil
	}
	return nil, fmt.Errorf("--runtime %s: %w", runtime, kernel.Supported())
}
