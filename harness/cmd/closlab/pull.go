package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// pull is the flag that has images pulled which are not on this machine.
type pull bool

func (p *pull) flag(cmd *cobra.Command) {
	cmd.Flags().BoolVar((*bool)(p), "pull", false, "have Docker pull the images that are not on this machine (of --runtime clab)")
}

// on returns the error that a runtime has no images.
func (p pull) on(g ground) error {
	if p && g != "clab" {
		return fmt.Errorf("--pull: --runtime %s has no images: it is for --runtime clab", string(g))
	}
	return nil
}
