package footprint

import (
	"fmt"
	"net"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netlink"

	"github.com/closlab/closlab/harness/kernel"
)

// Escapes returns the links of these namespaces that lead elsewhere than to one of them: a closed world has only loopbacks and veth
// pairs within. Where there is no link there is no way out, whatever a route says.
func Escapes(t testing.TB, names ...string) []string {
	t.Helper()
	var world []*kernel.Namespace
	for _, name := range names {
		ns, err := kernel.Open(name)
		require.NoError(t, err)
		defer ns.Close()
		world = append(world, ns)
	}
	out := []string{}
	for _, ns := range world {
		require.NoError(t, ns.Do(func() error {
			links, err := netlink.LinkList() // asking gives the namespaces at the other ends their numbers
			if err != nil {
				return err
			}
			inside := []int{-1} // that of the namespace itself
			for _, other := range world {
				id, err := netlink.GetNetNsIdByFd(int(other.Fd()))
				if err != nil {
					return err
				}
				inside = append(inside, id)
			}
			for _, l := range links {
				loop := l.Attrs().Flags&net.FlagLoopback != 0
				if !loop && (l.Type() != "veth" || !slices.Contains(inside, l.Attrs().NetNsID)) {
					out = append(out, fmt.Sprintf("%s: %s %s", ns.Name, l.Type(), l.Attrs().Name))
				}
			}
			return nil
		}))
	}
	return out
}
