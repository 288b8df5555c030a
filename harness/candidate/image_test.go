package candidate

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const closSmall = "../../topologies/clos-small"

// A candidate may be nothing but images: their routers change, in fabric order or in the one that is asked for, and no route is treated otherwise.
func TestImages(t *testing.T) {
	t.Parallel()
	b := baseline(t, closSmall)
	c, err := b.With(files{"candidate.yaml": "images: {leaf2: frr:10.3, spine: frr:10.3}"}.folder(t))
	require.NoError(t, err)
	require.Equal(t, []string{"spine1", "spine2", "leaf2"}, c.Order)
	require.Equal(t, "image of spine1: closlab/frr:latest → frr:10.3", c.Images[0].String())
	require.Equal(t, "frr:10.3", c.After.Node("spine2").Image)
	require.Empty(t, c.After.Node("leaf1").Image)
	require.Empty(t, b.Fabric.Node("spine2").Image, "the baseline stays")
	require.Empty(t, c.Files)
	require.Empty(t, c.Unjudged)

	c, err = b.With(files{"candidate.yaml": "images: {spine: frr:10.3}\norder: [spine2, spine1]"}.folder(t))
	require.NoError(t, err)
	require.Equal(t, []string{"spine2", "spine1"}, c.Order)
}

func TestImagesThatCannotBe(t *testing.T) {
	t.Parallel()
	b := baseline(t, closSmall)
	for notes, want := range map[string]string{
		"images: {edge1: frr:10.3}":                   "candidate.yaml:1: images: edge1 does not run engine frr: images are rehearsed for FRR routers alone",
		"images: {spine9: frr:10.3}":                  `candidate.yaml:1: images: no node, tier or colo named "spine9"`,
		"images: {spine1: --privileged}":              `candidate.yaml:1: images spine1: "--privileged" is no image such as quay.io/frrouting/frr:10.3.0`,
		"images: {spine1: ''}":                        `images spine1: "" is no image`,
		"images: {spine1: [a, b]}":                    "images spine1",
		"images: {spine: frr:10.3, spine1: frr:9}":    "images: spine1 has an image already: name it once",
		"images: {spine: 'closlab/frr:latest'}":       "changes nothing",
		"images: {spine1: frr:10.3}\norder: [spine2]": "candidate.yaml:2: order: spine2 does not change: leave it out",
		"images: frr:10.3":                            "images: want fields",
	} {
		_, err := b.With(files{"candidate.yaml": notes}.folder(t))
		require.ErrorContains(t, err, want, notes)
	}
}

// A router whose new file is left out cannot have a new image: it would get both or neither.
func TestAnImageForARouterThatIsLeftOut(t *testing.T) {
	t.Parallel()
	b := baseline(t, closSmall)
	text := filesOf(t, closSmall)["policy/spine.frr.conf"]
	_, err := b.With(files{"spine.frr.conf": text + "\nip prefix-list MORE permit 10.0.0.0/8\n", "candidate.yaml": "nodes: spine2\nimages: {spine1: frr:10.3}"}.folder(t))
	require.ErrorContains(t, err, "candidate.yaml:2: images: spine1 runs [spine.frr.conf], and is not among nodes")
}
