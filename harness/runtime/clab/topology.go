//go:build linux

package clab

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/runtime/netns"
	"github.com/closlab/closlab/harness/speaker"
)

// topology is a containerlab topology file, as far as it is needed here.
type topology struct {
	Name     string          `yaml:"name"`
	Mgmt     map[string]bool `yaml:"mgmt"`
	Topology struct {
		Defaults *node            `yaml:"defaults"`
		Nodes    map[string]*node `yaml:"nodes"`
		Links    []link           `yaml:"links"`
	} `yaml:"topology"`
}

type node struct {
	Kind       string            `yaml:"kind,omitempty"`
	Image      string            `yaml:"image,omitempty"`
	Pull       string            `yaml:"image-pull-policy,omitempty"`
	Privileged *bool             `yaml:"privileged,omitempty"`
	CapAdd     []string          `yaml:"cap-add,omitempty"`
	Network    string            `yaml:"network-mode,omitempty"`
	Restart    string            `yaml:"restart-policy,omitempty"`
	Entrypoint string            `yaml:"entrypoint,omitempty"`
	Cmd        string            `yaml:"cmd,omitempty"`
	Env        map[string]string `yaml:"env,omitempty"`
	Binds      []string          `yaml:"binds,omitempty"`
	Startup    string            `yaml:"startup-config,omitempty"`
	Labels     map[string]string `yaml:"labels,omitempty"`
}

type link struct {
	Type      string     `yaml:"type"`
	MTU       int        `yaml:"mtu"`
	Endpoints []endpoint `yaml:"endpoints"`
}

type endpoint struct {
	Node      string `yaml:"node"`
	Interface string `yaml:"interface"`
}

// Where a container has this binary, and the folder of its door.
const (
	binary = "/closlab"
	door   = "/closlab-lab"
)

// folder returns where a node's door is on this machine.
func folder(p *netns.Plot, name string) string { return filepath.Join(p.Folder, "nodes", name) }

// privileged says that a vendor's container is to be privileged, as containerlab has it, unless this machine itself has not all
// privileges to give.
func privileged() *bool {
	has, err := kernel.Privileged()
	has = has && err == nil
	return &has
}

// write writes the topology of a lab into its folder and returns the file. Its containers have the label of this process.
func write(p *netns.Plot, exe, process string) (string, error) {
	private := false
	t := topology{Name: p.Lab, Mgmt: map[string]bool{"skip-when-unused": true}}
	t.Topology.Nodes = map[string]*node{}
	t.Topology.Defaults = &node{Kind: "linux", Pull: "never", Privileged: &private, CapAdd: []string{"NET_ADMIN", "NET_RAW"}, Network: "none",
		Restart: "no", Binds: []string{exe + ":" + binary + ":ro"}, Labels: map[string]string{processLabel: process}}
	for _, n := range p.Fabric.Nodes {
		x := &node{Image: imageOf(n), Binds: []string{folder(p, n.Name) + ":" + door}}
		if n.Engine == fabric.Native { // it has a first process of its own
			if x.Kind = n.Kind; n.Kind != "linux" {
				x.Privileged = privileged()
			}
			if err := boots(x, n, p); err != nil {
				return "", err
			}
		} else {
			x.Entrypoint, x.Cmd, x.Env = binary, strings.Join(speaker.Arguments(n.Name, door), " "), speaker.Environment()
		}
		if n.Role == fabric.Router && (n.Engine == speaker.FRR || n.Engine == fabric.Native) {
			x.CapAdd = []string{"SYS_ADMIN"} // zebra does not start without it
		}
		t.Topology.Nodes[n.Name] = x
	}
	for _, l := range p.Links {
		x := link{Type: "veth", MTU: p.MTU}
		for _, e := range l {
			x.Endpoints = append(x.Endpoints, endpoint{e.Node, e.Name})
		}
		t.Topology.Links = append(t.Topology.Links, x)
	}
	text, err := yaml.Marshal(&t)
	if err != nil {
		return "", fmt.Errorf("topology: %w", err)
	}
	file := filepath.Join(p.Folder, p.Lab+".clab.yml")
	return file, os.WriteFile(file, text, 0o644)
}

// boots gives a blind router the configuration that it is to boot with.
func boots(x *node, n *fabric.Node, p *netns.Plot) error {
	if !n.Blind() {
		return nil
	}
	text := p.Fabric.Texts[n.Name]
	file := filepath.Join(folder(p, n.Name), n.Name+".conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return fmt.Errorf("configuration of %s: %w", n.Name, err)
	}
	if !n.Startup() {
		x.Binds = append(x.Binds, file+":"+n.Mount)
		return nil
	}
	if strings.Contains(text, "{{") {
		return fmt.Errorf("configuration of %s: it has {{, which containerlab would take for a template of its own", n.Name)
	}
	x.Startup = file
	return nil
}
