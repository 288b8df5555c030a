package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// ground is the flag that says where a fabric comes alive.
type ground string

// runtimes are its values: in this process, in network namespaces, in containers.
var runtimes = []string{"sim", "netns", "clab"}

// flag declares --runtime; but for labs that are left up a fabric is in this process unless said otherwise.
func (g *ground) flag(cmd *cobra.Command, unless ground, what string) {
	cmd.Flags().StringVar((*string)(g), "runtime", string(unless), what)
}

// among returns the error that the flag has none of these values.
func (g ground) among(values ...string) error {
	if !slices.Contains(values, string(g)) {
		return fmt.Errorf("--runtime %s: want %s", string(g), strings.Join(values, ", "))
	}
	return nil
}
