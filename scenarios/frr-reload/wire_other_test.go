//go:build !linux

package frr_reload_test

import (
	"testing"

	"github.com/closlab/closlab/harness/gate"
)

// onTheWire has no live routers to listen to.
func onTheWire(*testing.T, *gate.Live) func() word { return nil }
