//go:build !linux

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/kernel"
)

// liveCommands are those about labs of live routers: none here.
func liveCommands() []*cobra.Command { return nil }

// observed says that there are no live routers here.
func observed(*cobra.Command, []string, uint64, bool, bool, judging) error {
	return fmt.Errorf("--runtime netns: %w", kernel.Supported())
}

// liveFindings says that there are no live routers here.
func liveFindings(*cobra.Command, *candidate.Base, uint64) ([]check.Finding, error) {
	return nil, fmt.Errorf("--runtime netns: %w", kernel.Supported())
}

// judgeLab finds no lab here.
func judgeLab(_ *cobra.Command, _ string, noFabric error) (*judged, error) { return nil, noFabric }

// abandon has nothing to remove here.
func abandon() error { return nil }
