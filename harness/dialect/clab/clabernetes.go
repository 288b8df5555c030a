package clab

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"

	"go.yaml.in/yaml/v3"
)

// File is a file of a node: its path relative to the topology's file.
type File struct {
	Path string
	Text []byte
}

// mostBytes is what a ConfigMap may hold in all.
const mostBytes = 1 << 20

// Clabernetes returns the resources that have clabernetes deploy the topology in the namespace: the namespace, a ConfigMap for each
// node that has files, and the Topology. Nodes are called by their own names, as is done for topologies in a namespace of their own. What containerlab
// is told of privileges is left out: clabernetes does not pass it on.
func (l *Lab) Clabernetes(namespace string, files map[string][]File) ([]byte, error) {
	inner := *l
	inner.Notes, inner.Defaults.Privileged, inner.Defaults.CapAdd = nil, nil, nil
	text, err := inner.YAML()
	if err != nil {
		return nil, err
	}
	about := meta{Name: namespace, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "privileged"}}
	out := []any{&resource{APIVersion: "v1", Kind: "Namespace", Metadata: about}}
	top := &resource{APIVersion: "clabernetes.containerlab.dev/v1alpha1", Kind: "Topology", Metadata: meta{Name: l.Name, Namespace: namespace}, Spec: &spec{}}
	top.Spec.Naming, top.Spec.Connectivity, top.Spec.Expose.DisableExpose = "non-prefixed", "vxlan", true
	top.Spec.Deployment.FilesFromConfigMap = map[string][]mount{}
	top.Spec.Definition.Containerlab = literal(text)
	for _, node := range slices.Sorted(maps.Keys(files)) {
		m := &resource{APIVersion: "v1", Kind: "ConfigMap", Metadata: meta{Name: l.Name + "-" + node, Namespace: namespace}, Data: map[string]literal{}}
		size := 0
		for _, f := range files[node] {
			key := path.Base(f.Path)
			m.Data[key] = literal(f.Text)
			size += len(key) + len(f.Text)
			top.Spec.Deployment.FilesFromConfigMap[node] = append(top.Spec.Deployment.FilesFromConfigMap[node],
				mount{FilePath: f.Path, ConfigMapName: m.Metadata.Name, ConfigMapPath: key, Mode: "read"})
		}
		if size > mostBytes {
			return nil, fmt.Errorf("node %s: its files have %d bytes, and a ConfigMap holds %d: render it for containerlab", node, size, mostBytes)
		}
		out = append(out, m)
	}
	var b bytes.Buffer
	for _, n := range l.Notes {
		b.WriteString("# " + n + "\n")
	}
	err = encode(&b, append(out, top)...)
	return b.Bytes(), err
}

// resource is what is said of any of the three; see the resource definition of clabernetes.
type resource struct {
	APIVersion string             `yaml:"apiVersion"`
	Kind       string             `yaml:"kind"`
	Metadata   meta               `yaml:"metadata"`
	Data       map[string]literal `yaml:"data,omitempty"`
	Spec       *spec              `yaml:"spec,omitempty"`
}

type meta struct {
	Name      string            `yaml:"name"`
	Namespace string            `yaml:"namespace,omitempty"`
	Labels    map[string]string `yaml:"labels,omitempty"`
}

type spec struct {
	Naming       string `yaml:"naming"`
	Connectivity string `yaml:"connectivity"`
	Expose       struct {
		DisableExpose bool `yaml:"disableExpose"` // nodes have no management network to be reached over
	} `yaml:"expose"`
	Deployment struct {
		PrivilegedLauncher bool               `yaml:"privilegedLauncher"`
		FilesFromConfigMap map[string][]mount `yaml:"filesFromConfigMap,omitempty"`
	} `yaml:"deployment"`
	Definition struct {
		Containerlab literal `yaml:"containerlab"`
	} `yaml:"definition"`
}

// mount puts a key of a ConfigMap where containerlab finds it as a file.
type mount struct {
	FilePath      string `yaml:"filePath"`
	ConfigMapName string `yaml:"configMapName"`
	ConfigMapPath string `yaml:"configMapPath"`
	Mode          string `yaml:"mode"`
}

// literal is text that is written as a block.
type literal string

// MarshalYAML returns the scalar.
func (l literal) MarshalYAML() (any, error) {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.LiteralStyle, Value: string(l)}, nil
}
