//go:build linux

package speaker

import (
	"slices"

	"github.com/closlab/closlab/harness/daemons"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/policy"
)

// ties reports whether a route of a table is equal to one in use, but for the neighbour: of several with the same next hop bgpd marks
// no more than the first as used (bgpd/bgp_mpath.c, bgp_path_info_mpath_update). They come over iBGP; elsewhere next hops are neighbours.
func (r *frrRouter) ties(table []daemons.Path, i int) bool {
	if r.Paths == fabric.OnePath {
		return false
	}
	p, x := &table[i], &table[i].Route
	return p.Internal && slices.ContainsFunc(table, func(used daemons.Path) bool {
		y := &used.Route
		if !used.Best || !used.Internal || x.Prefix != y.Prefix || x.NextHop != y.NextHop || x.LocalPref != y.LocalPref || x.Origin != y.Origin {
			return false
		}
		if r.Paths == fabric.OneAS && !slices.Equal(x.ASPath, y.ASPath) || len(x.ASPath) != len(y.ASPath) {
			return false
		}
		return x.MED == y.MED || !slices.Equal(firstAS(x), firstAS(y))
	})
}

// firstAS returns the neighbouring AS, if the route is not of this one: metrics of different ones are not compared.
func firstAS(r *policy.Route) []uint32 { return r.ASPath[:min(len(r.ASPath), 1)] }
