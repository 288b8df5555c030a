package clab

import (
	"bytes"

	"go.yaml.in/yaml/v3"
)

// Lab is a containerlab topology.
type Lab struct {
	Name     string
	Notes    []string  // comments at its head, a line each
	Defaults Container // what nodes have unless they say otherwise; their sysctls are added to these
	Nodes    map[string]*Container
	Links    []Wire
}

// Container is a node of it, or what nodes have in common. Empty fields are not written.
type Container struct {
	Kind        string            `yaml:"kind,omitempty"`
	Image       string            `yaml:"image,omitempty"`
	Startup     string            `yaml:"startup-config,omitempty"` // file relative to the topology's
	Cmd         string            `yaml:"cmd,omitempty"`            // words, as a shell splits them
	NetworkMode string            `yaml:"network-mode,omitempty"`
	Privileged  *bool             `yaml:"privileged,omitempty"` // true in containerlab if it is not said
	CapAdd      []string          `yaml:"cap-add,omitempty,flow"`
	Sysctls     map[string]string `yaml:"sysctls,omitempty"`
	Binds       []string          `yaml:"binds,omitempty"` // HOST:NODE:ro, HOST relative to the topology's file
}

// Wire joins two ends, each NODE:INTERFACE.
type Wire struct {
	Endpoints [2]string `yaml:"endpoints,flow"`
}

// document is the file in containerlab's order.
type document struct {
	Name string `yaml:"name"`
	Mgmt struct {
		SkipWhenUnused bool `yaml:"skip-when-unused"` // no bridge on the machine for a network that no node is in
	} `yaml:"mgmt"`
	Topology struct {
		Defaults Container             `yaml:"defaults"`
		Nodes    map[string]*Container `yaml:"nodes"`
		Links    []Wire                `yaml:"links,omitempty"`
	} `yaml:"topology"`
}

// YAML returns the file. Equal labs make equal files.
func (l *Lab) YAML() ([]byte, error) {
	var d document
	d.Name, d.Mgmt.SkipWhenUnused = l.Name, true
	d.Topology.Defaults, d.Topology.Nodes, d.Topology.Links = l.Defaults, l.Nodes, l.Links
	var b bytes.Buffer
	for _, n := range l.Notes {
		b.WriteString("# " + n + "\n")
	}
	err := encode(&b, &d)
	return b.Bytes(), err
}

// encode writes documents, separated as kubectl wants them.
func encode[T any](b *bytes.Buffer, documents ...T) error {
	enc := yaml.NewEncoder(b)
	enc.SetIndent(2)
	for _, d := range documents {
		if err := enc.Encode(d); err != nil {
			return err
		}
	}
	return enc.Close()
}
