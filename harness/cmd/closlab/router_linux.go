package main

import (
	"github.com/spf13/cobra"

	"github.com/closlab/closlab/harness/speaker"
)

// routerCommands is what the images of rendered GoBGP routers run.
func routerCommands() []*cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:    "router --config FILE",
		Short:  "run a GoBGP router in this network namespace until interrupted, as rendered topologies do",
		Args:   cobra.NoArgs,
		Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := speaker.ReadConfig(file)
			if err != nil {
				return err
			}
			if err := speaker.Serve(cmd.Context(), c, cmd.ErrOrStderr()); err != nil && cmd.Context().Err() == nil {
				return unknown(cmd, err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&file, "config", "/etc/closlab/router.json", "what closlab render has written for the router")
	return []*cobra.Command{cmd}
}
