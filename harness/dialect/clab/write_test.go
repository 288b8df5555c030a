package clab

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name string, got []byte) {
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func lab() *Lab {
	private := false
	return &Lab{
		Name: "two", Notes: []string{"Two nodes.", "And a link."},
		Defaults: Container{Kind: "linux", NetworkMode: "none", Privileged: &private, CapAdd: []string{"NET_ADMIN"}, Sysctls: map[string]string{"net.ipv4.ip_forward": "1"}},
		Nodes: map[string]*Container{
			"b": {Image: "frr", Cmd: "sh /etc/start.sh", Binds: []string{"b/start.sh:/etc/start.sh:ro", "b/frr.conf:/etc/frr/frr.conf:ro"}},
			"a": {Image: "host", Cmd: "sleep infinity"},
		},
		Links: []Wire{{[2]string{"a:eth1", "b:eth1"}}},
	}
}

func TestWriteTopology(t *testing.T) {
	t.Parallel()
	text, err := lab().YAML()
	require.NoError(t, err)
	golden(t, "two.clab.yml", text)
	again, err := lab().YAML()
	require.NoError(t, err)
	require.Equal(t, text, again)
}

// What is written is read as it was meant.
func TestReadWhatIsWritten(t *testing.T) {
	t.Parallel()
	text, err := lab().YAML()
	require.NoError(t, err)
	got, err := Read("two.clab.yml", text)
	require.NoError(t, err)
	require.Equal(t, "two", got.Name)
	require.Len(t, got.Nodes, 2)
	require.Equal(t, "linux", got.Nodes[1].Kind)
	require.Equal(t, "none", got.Nodes[1].NetworkMode)
	require.Equal(t, "/etc/frr/frr.conf", got.Nodes[1].Binds[1].Container)
	require.Equal(t, [2]End{{"a", "eth1"}, {"b", "eth1"}}, got.Links[0].Ends)
}

func files() map[string][]File {
	return map[string][]File{"b": {{"b/start.sh", []byte("#!/bin/sh\nexec frr\n")}, {"b/frr.conf", []byte("router bgp 1\n trailing: \n")}}}
}

func TestWriteClabernetes(t *testing.T) {
	t.Parallel()
	text, err := lab().Clabernetes("two", files())
	require.NoError(t, err)
	golden(t, "two.clabernetes.yaml", text)
}

// documents returns the resources of a text.
func documents(t *testing.T, text []byte) []map[string]any {
	var out []map[string]any
	for dec := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var d map[string]any
		err := dec.Decode(&d)
		if errors.Is(err, io.EOF) {
			return out
		}
		require.NoError(t, err)
		out = append(out, d)
	}
}

// schema returns that of the Topology resource; a field that it does not have is an error.
func schema(t *testing.T) *jsonschema.Schema {
	text, err := os.ReadFile(filepath.Join("testdata", "clabernetes", "topologies.yaml"))
	require.NoError(t, err)
	version := documents(t, text)[0]["spec"].(map[string]any)["versions"].([]any)[0].(map[string]any)
	require.Equal(t, "v1alpha1", version["name"])
	s := version["schema"].(map[string]any)["openAPIV3Schema"].(map[string]any)
	properties := s["properties"].(map[string]any)
	delete(properties, "metadata") // of which it says nothing
	closed(s)
	properties["metadata"] = map[string]any{"type": "object"}
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("topologies.json", s))
	out, err := c.Compile("topologies.json")
	require.NoError(t, err)
	return out
}

// closed lets objects have no other properties than those that are listed.
func closed(s any) {
	switch s := s.(type) {
	case map[string]any:
		if _, lists := s["properties"].(map[string]any); lists && s["additionalProperties"] == nil {
			s["additionalProperties"] = false
		}
		for _, x := range s {
			closed(x)
		}
	case []any:
		for _, x := range s {
			closed(x)
		}
	}
}

func TestClabernetesResourcesAreValid(t *testing.T) {
	t.Parallel()
	text, err := lab().Clabernetes("two", files())
	require.NoError(t, err)
	all := documents(t, text)
	require.Len(t, all, 3)
	require.Equal(t, "Namespace", all[0]["kind"])
	config := all[1]
	require.Equal(t, "ConfigMap", config["kind"])
	require.Equal(t, map[string]any{"start.sh": "#!/bin/sh\nexec frr\n", "frr.conf": "router bgp 1\n trailing: \n"}, config["data"])
	topology := all[2]
	s := schema(t)
	require.NoError(t, s.Validate(topology))
	inner := topology["spec"].(map[string]any)["definition"].(map[string]any)["containerlab"].(string)
	require.NotContains(t, inner, "privileged")
	_, err = Read("inner.clab.yml", []byte(inner))
	require.NoError(t, err)

	topology["spec"].(map[string]any)["naming"] = "other"
	require.ErrorContains(t, s.Validate(topology), "naming")
	topology["spec"].(map[string]any)["naming"] = "prefixed"
	topology["spec"].(map[string]any)["conectivity"] = "vxlan"
	require.ErrorContains(t, s.Validate(topology), "conectivity")
}

func TestFilesThatNoConfigMapHolds(t *testing.T) {
	t.Parallel()
	_, err := lab().Clabernetes("two", map[string][]File{"b": {{"b/frr.conf", []byte(strings.Repeat("!", mostBytes))}}})
	require.EqualError(t, err, "node b: its files have 1048584 bytes, and a ConfigMap holds 1048576: render it for containerlab")
}
