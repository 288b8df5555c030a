package candidate

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// eos is a spine that runs EOS and a leaf that runs Junos text, whose policy entry is given.
func eos(entry string) files {
	return files{
		"fabric.yaml": `
name: small
tiers:
  spine: {count: 1, asn: 65000, engine: native, kind: arista_ceos, image: "ceos:4.33", config: "{node}.eos.conf"}
  leaf: {count: 1, asn: 65101}
links: [{from: spine, to: leaf}]
` + entry,
		"policy/spine1.eos.conf": "hostname spine1\nrouter bgp 65000\n   neighbor 100.64.0.1 remote-as 65101\n",
		"policy/leaf.junos.conf": "policy-options { policy-statement ALL { then accept; } }\n",
	}
}

// A native router is given the text of its file as it is; a change of blank lines is none, any other is one, and is not judged by its words.
func TestNativeRoutersAreGivenTheirTexts(t *testing.T) {
	t.Parallel()
	base, err := Load(eos("policy: [{at: leaf, file: leaf.junos.conf, in: ALL, out: ALL}]\n").folder(t))
	require.NoError(t, err)
	text := "hostname spine1\nrouter bgp 65000\n   neighbor 100.64.0.1 remote-as 65101\n"
	require.Equal(t, map[string]string{"spine1": text}, base.Fabric.Texts)

	_, err = base.With(files{"spine1.eos.conf": text + "\n\n"}.folder(t))
	require.ErrorContains(t, err, "changes nothing")
	text += "   neighbor 100.64.0.1 shutdown\n"
	c, err := base.With(files{"spine1.eos.conf": text}.folder(t))
	require.NoError(t, err)
	require.Equal(t, []string{"spine1"}, c.Order)
	require.Empty(t, c.Unjudged)
	require.Equal(t, text, c.After.Texts["spine1"])
	require.NotEqual(t, text, base.Fabric.Texts["spine1"])
}

func TestTextsThatAreNotReadAreForNativeRouters(t *testing.T) {
	t.Parallel()
	for entry, want := range map[string]string{
		"{at: leaf, file: spine1.eos.conf, in: ALL}":    "spine1.eos.conf: closlab does not read this language: it is for native routers alone",
		"{at: leaf, file: spine1.eos.conf, group: ALL}": `no BGP group "ALL" in spine1.eos.conf`,
		"{at: leaf, file: spine1.eos.conf}":             "no BGP neighbour 100.64.0.0 in spine1.eos.conf",
	} {
		_, err := Load(eos("policy: [" + entry + "]\n").folder(t))
		require.ErrorContains(t, err, want, entry)
	}
	base, err := Load(eos("").folder(t))
	require.NoError(t, err)
	_, err = base.With(files{"spine1.eos.conf.set": "set hostname x\n"}.folder(t))
	require.ErrorContains(t, err, "patches edit Junos text")
	require.Len(t, base.Lint(), 2, "what is not read is named: %v", base.Lint())
}
