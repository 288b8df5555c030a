package kernel

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strconv"
)

// Sysctl sets a sysctl of the namespace, named by its path below /proc/sys/net as in "ipv4/ip_forward".
func (n *Namespace) Sysctl(name, value string) error { return n.set(setting{name, value}) }

// setting is a sysctl and its value.
type setting struct{ name, value string }

// set sets sysctls in order.
func (n *Namespace) set(settings ...setting) error {
	return n.Do(func() error {
		for _, s := range settings {
			if err := s.write(); err != nil {
				return fmt.Errorf("network namespace %q: sysctl net/%s = %s: %w", n.Name, s.name, s.value, err)
			}
		}
		return nil
	})
}

func (s setting) write() error {
	f, err := os.OpenFile(path.Join("/proc/sys/net", s.name), os.O_WRONLY, 0) // which must be there
	if err != nil {
		return err
	}
	_, err = f.WriteString(s.value)
	return errors.Join(err, f.Close())
}

// BeHost makes the namespace an end system: it forwards nothing, accepts what arrives by another way than the answer
// would leave by (no reverse path filter), and uses IPv6 addresses without looking for duplicates.
func (n *Namespace) BeHost() error { return n.set(common("0")...) }

// BeRouter makes the namespace a router that forwards IPv4 and IPv6, and spreads flows by the seed as SpreadFlows says.
func (n *Namespace) BeRouter(seed uint32) error {
	if err := n.SpreadFlows(seed); err != nil {
		return err
	}
	return n.set(common("1")...)
}

// SpreadFlows makes the namespace spread flows over equal next hops, those that it sends itself as well, by the
// 5-tuple (hash policy 3 of the kernel's ip-sysctl with source, destination, protocol and ports) and a seed of its
// own. Policy 1 would reuse the hash that the sender's kernel left on the packet, so that every router down the path would
// choose the same; so would routers of one seed. The same seeds spread the same flows the same way every time.
// The seed needs Linux 6.11 and serves both families; it must not be 0, which the kernel takes as "random".
func (n *Namespace) SpreadFlows(seed uint32) error {
	if seed == 0 {
		return fmt.Errorf("network namespace %q: the seed of flows must not be 0", n.Name)
	}
	const fields = "0x37" // source, destination, protocol, source port, destination port
	return n.set(
		setting{"ipv4/fib_multipath_hash_policy", "3"},
		setting{"ipv6/fib_multipath_hash_policy", "3"},
		setting{"ipv4/fib_multipath_hash_fields", fields},
		setting{"ipv6/fib_multipath_hash_fields", fields},
		setting{"ipv4/fib_multipath_hash_seed", strconv.FormatUint(uint64(seed), 10)},
	)
}

// common is what routers and hosts share. Writing conf/all/forwarding sets the interfaces that are there; default those to come.
func common(forward string) []setting {
	return []setting{
		{"ipv4/ip_forward", forward},
		{"ipv6/conf/all/forwarding", forward},
		{"ipv6/conf/default/forwarding", forward},
		{"ipv4/ip_early_demux", "0"}, // of IPv6, too: it is of use to connections, and costs packets that are forwarded
		{"ipv4/conf/all/rp_filter", "0"},
		{"ipv4/conf/default/rp_filter", "0"},
		{"ipv6/conf/all/accept_dad", "0"},
		{"ipv6/conf/default/accept_dad", "0"},
		{"ipv6/conf/all/keep_addr_on_down", "1"}, // as IPv4 does
		{"ipv6/conf/default/keep_addr_on_down", "1"},
		{"ipv6/conf/all/accept_ra", "0"},
		{"ipv6/conf/default/accept_ra", "0"},
	}
}
