package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/srl-labs/containerlab/cert"
	"github.com/srl-labs/containerlab/core"
	"github.com/srl-labs/containerlab/links"
	"github.com/srl-labs/containerlab/runtime"
	_ "github.com/srl-labs/containerlab/runtime/docker"
	"golang.org/x/sync/errgroup"
)

// deploy creates and starts these nodes of a topology, or all if it names none, all at once, and leaves in the lab's directory what containerlab's own command looks
// for. When ctx ends it begins with no more of them.
func (e engine) deploy(ctx context.Context, topology string, names []string) error {
	c, err := core.NewContainerLab(
		core.WithTimeout(patience),
		core.WithRuntime("docker", &runtime.RuntimeConfig{Timeout: patience, VerifyLinkParams: links.NewVerifyLinkParams()}),
		core.WithTopoPath(topology, nil),
	)
	if err != nil {
		return err
	}
	if err := links.SetMgmtNetUnderlyingBridge(c.Config.Mgmt.Bridge); err != nil {
		return err
	}
	if err := c.ResolveLinks(); err != nil {
		return err
	}
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(c.Nodes))
		if err := e.free(ctx, c.Config.Name); err != nil {
			return err
		}
	}
	for _, name := range names {
		n := c.Nodes[name]
		if n == nil {
			return fmt.Errorf("%s: no node %s", topology, name)
		}
		if err := n.CheckDeploymentConditions(ctx); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(c.TopoPaths.TopologyLabDir(), 0o755); err != nil {
		return err
	}
	c.Cert.CertStorage, c.Cert.CA = cert.NewLocalDirCertStorage(c.TopoPaths), cert.NewCA() // which nodes look at, and linux ones do not use
	for _, n := range c.Nodes {
		if n.Config().Kind == "linux" {
			continue
		}
		year := &cert.CACSRInput{CommonName: c.Config.Name + " lab CA", Country: "US", Organization: "containerlab", Expiry: 365 * 24 * time.Hour, KeySize: 2048}
		if err := c.LoadOrGenerateCA(year); err != nil { // as containerlab's own Deploy does
			return fmt.Errorf("certificates for vendors' routers: %w", err)
		}
		break
	}
	if err := all(ctx, names, func(ctx context.Context, name string) error {
		return c.DeployNodes(context.WithoutCancel(ctx), []string{name}, 1) // what Docker has begun it would end, whoever waits for it
	}); err != nil {
		return err
	}
	return leave(ctx, c)
}

// leave writes the inventories and the state that containerlab's own command reads.
func leave(ctx context.Context, c *core.CLab) error {
	if err := c.GenerateInventories(); err != nil {
		return fmt.Errorf("inventories: %w", err)
	}
	f, err := os.Create(c.TopoPaths.TopoExportFile())
	if err != nil {
		return err
	}
	if err := errors.Join(c.GenerateExports(ctx, f, ""), f.Close()); err != nil {
		return fmt.Errorf("topology data: %w", err)
	}
	return c.WriteState()
}

// workers is how many nodes are deployed at the same time: with more, Docker takes as long.
const workers = 16

// all calls f for every name, several at once, until one fails or ctx ends, and returns the first error.
func all(ctx context.Context, names []string, f func(context.Context, string) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for _, name := range names {
		g.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return f(ctx, name)
		})
	}
	return g.Wait()
}
