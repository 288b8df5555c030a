package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/closlab/closlab/harness/fabric"
)

// engine is the flag that has all routers run one BGP daemon, whatever the fabric says.
type engine string

func (e *engine) flag(cmd *cobra.Command) {
	cmd.Flags().StringVar((*string)(e), "engine", "", "BGP daemon of every router on a live runtime: gobgp or frr (default: what the fabric says, else gobgp)")
}

// set changes the fabric. The error is about the flag.
func (e engine) set(f *fabric.Fabric) error {
	switch e {
	case "":
		return nil
	case "gobgp", "frr":
	default:
		return fmt.Errorf("--engine %s: want gobgp or frr", string(e))
	}
	if opaque := f.Opaque(); len(opaque) > 0 {
		return fmt.Errorf("--engine %s: nothing but their own software runs what %s have", string(e), strings.Join(opaque, ", "))
	}
	f.RunOn(string(e))
	return nil
}
