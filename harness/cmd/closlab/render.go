package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/render"
)

func renderCommand() *cobra.Command {
	var opt render.Options
	var dir, target, change string
	var engine engine
	cmd := &cobra.Command{
		Use:   "render FABRIC -o DIR",
		Short: "write a containerlab topology with every node's configuration",
		Long: `render writes NAME.clab.yml, a plain containerlab topology, with the configuration of every node beside it, or, for
clabernetes, NAME.clabernetes.yaml with all of that in it. It starts nothing; closlab is not needed to bring it up, but for the image of
GoBGP routers, which is this command.

    closlab render topologies/mcp -o /tmp/mcp && cd /tmp/mcp && sudo containerlab deploy
    docker exec clab-mcp-leafA ip route

    closlab render topologies/mcp --target clabernetes -o /tmp/mcp && kubectl apply -f /tmp/mcp
    kubectl -n mcp exec deploy/a1 -- docker exec a1 ping -c 1 198.18.20.11

A folder is rendered anew as often as you like; one that holds other files is left alone.

Exit codes: 0 it is written, 2 input error, as a policy that a router's engine cannot run.`,
		Args: cobra.ExactArgs(1),
		RunE: bounded(func(cmd *cobra.Command, args []string) error {
			if dir == "" {
				return errors.New("no folder to write to: name one with -o DIR")
			}
			write := map[string]func(string, *fabric.Fabric, render.Options) (string, error){
				"containerlab": render.Folder, "clabernetes": render.ClabernetesFolder}[target]
			if write == nil {
				return fmt.Errorf("--target %s: want containerlab or clabernetes", target)
			}
			telling(cmd.Context())("reading " + args[0])
			f, err := proposed(args[0], change, engine)
			if err != nil {
				return err
			}
			telling(cmd.Context())("writing to " + dir)
			file, err := write(dir, f, opt)
			if err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(dir, file))
			}
			return err
		}),
	}
	cmd.Flags().StringVarP(&dir, "output", "o", "", "folder to write to; made if it is not there")
	cmd.Flags().StringVar(&target, "target", "containerlab", "who is to bring it up: containerlab or clabernetes")
	cmd.Flags().StringVar(&change, "candidate", "", "folder or patch file with a proposed change, to render the fabric as it is with it")
	cmd.Flags().StringVar(&opt.FRR, "frr-image", render.FRRImage, "image of FRR routers, servers and hosts: FRR and iproute2")
	cmd.Flags().StringVar(&opt.GoBGP, "gobgp-image", render.GoBGPImage, "image of GoBGP routers: this command")
	cmd.Flags().Uint64Var(&opt.Seed, "seed", 1, "seed of the routers' flow hashes")
	engine.flag(cmd)
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("target", cobra.FixedCompletions([]string{"containerlab", "clabernetes"}, cobra.ShellCompDirectiveNoFileComp)))
	cobra.CheckErr(cmd.MarkFlagDirname("output"))
	return cmd
}

// proposed returns the fabric in a folder, with the candidate if there is one.
func proposed(dir, change string, engine engine) (*fabric.Fabric, error) {
	base, err := candidate.Load(dir)
	if err == nil {
		err = engine.set(base.Fabric)
	}
	switch {
	case err != nil:
		return nil, err
	case change == "":
		return base.Fabric, nil
	}
	cand, err := base.With(change)
	if err != nil {
		return nil, err
	}
	return cand.After, nil
}
