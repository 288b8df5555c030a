//go:build !linux

package main

import "github.com/spf13/cobra"

// liveCommands are those about labs of live routers: none here.
func liveCommands() []*cobra.Command { return nil }
