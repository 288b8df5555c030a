//go:build !linux

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/observe"
)

// liveCommands are those about labs of live routers: none here.
func liveCommands() []*cobra.Command { return nil }

// routerCommands is none here: routers run on Linux only.
func routerCommands() []*cobra.Command { return nil }

// observed says that there are no live routers here.
func observed(_ *cobra.Command, _ []string, w watching, _ judging) error {
	return fmt.Errorf("--runtime %s: %w", w.on, kernel.Supported())
}

// liveFindings says that there are no live routers here.
func liveFindings(_ *cobra.Command, _ *candidate.Base, on ground, _ uint64, _ pull) ([]check.Finding, error) {
	return nil, fmt.Errorf("--runtime %s: %w", on, kernel.Supported())
}

// judgeLab finds no lab here.
func judgeLab(_ *cobra.Command, _ string, noFabric error) (*judged, error) { return nil, noFabric }

// abandon has nothing to remove here.
func abandon() error { return nil }

// seen says that there are no live routers here.
func seen(_ *cobra.Command, _ *candidate.Base, on ground, _ uint64) (*observe.Snapshot, error) {
	return nil, fmt.Errorf("--runtime %s: %w", on, kernel.Supported())
}
