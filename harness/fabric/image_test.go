package fabric_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
)

// Routers of any engine may have an image of their own; servers and hosts have none.
func TestATierMayNameItsImage(t *testing.T) {
	t.Parallel()
	f, err := fabric.Parse("fabric.yaml", []byte(`name: pair
tiers:
  spine: {count: 1, asn: 65000, engine: frr, image: "quay.io/frrouting/frr:10.3.1"}
  leaf:  {count: 1, asn: 65001}
links:
  - {from: leaf, to: spine}
`))
	require.NoError(t, err)
	require.Equal(t, "quay.io/frrouting/frr:10.3.1", f.Node("spine1").Image)
	require.Empty(t, f.Node("leaf1").Image)
}

// What Docker takes for an image's name is one, and nothing else is.
func TestNamesOfImages(t *testing.T) {
	t.Parallel()
	for name, is := range map[string]bool{
		"frr": true, "frr:10.3.1": true, "quay.io/frrouting/frr:10.3.1": true, "localhost:5000/frr": true, "registry:5000/net/frr-lab__x:v1_2": true,
		"Registry.example/frr@sha256:" + strings.Repeat("0a", 32): true, "sha256:" + strings.Repeat("0a", 32): true,
		"": false, "--privileged": false, "-v": false, "../frr": false, "frr/../../containers/x": false, "frr//x": false, "/frr": false, "frr/": false,
		"frr:": false, "frr:-x": false, "FRR": false, "frr x": false, "frr\n": false, "frr?x=1": false, "frr#x": false, "${HOME}": false, "frr@sha256:0a": false,
		"http://registry/frr": false, "frr:" + strings.Repeat("1", 129): false, strings.Repeat("f", 256): false,
	} {
		require.Equal(t, is, fabric.ImageLike(name), name)
	}
}
