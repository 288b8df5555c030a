package fabric_test

import (
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
