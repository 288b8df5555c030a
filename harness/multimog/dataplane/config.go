package dataplane

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/closlab/closlab/harness/multimog"
)

// Member is a server of the site with its site-local addresses, by which the others send it packets.
type Member struct {
	Name  string
	Colo  string
	Addrs []netip.Addr // at most one IPv4 and one IPv6
}

// VIP is a service address and the servers that answer it, all of them members.
type VIP struct {
	Addr  netip.Addr
	Fleet multimog.Fleet
	Table *multimog.Table // the fleet's of Config.Size slots, if it has been built: all servers of a site have the same
}

// table returns the VIP's table.
func (v VIP) table(size int) (*multimog.Table, error) {
	if v.Table == nil {
		return v.Fleet.Table(size)
	}
	if n := v.Table.Size(); n != size {
		return nil, fmt.Errorf("its table has %d slots, not %d", n, size)
	}
	return v.Table, nil
}

// Config is what a server's load balancer is told. All servers of a site are told the same except for Self.
type Config struct {
	Self    string // the member that this server is
	Members []Member
	VIPs    []VIP
	Size    int // slots of a table, a prime as multimog.DefaultSize
}

// limit is the most site-local addresses of a site: a bucket holds their number in 16 bits.
const limit = 1 << 16

// self returns the member that this server is, or what is wrong with the members.
func (c Config) self() (Member, error) {
	seen, addrs := map[any]bool{}, 0
	for _, m := range c.Members {
		v6 := map[bool]bool{}
		for _, a := range m.Addrs {
			if !a.IsValid() || a.Is4In6() || v6[a.Is6()] || seen[a] {
				return Member{}, fmt.Errorf("server %s: site-local address %s: want one IPv4 and one IPv6 address of its own at most", m.Name, a)
			}
			v6[a.Is6()], seen[a] = true, true
			addrs++
		}
		if seen[m.Name] {
			return Member{}, fmt.Errorf("server %s: listed twice", m.Name)
		}
		seen[m.Name] = true
	}
	if addrs > limit {
		return Member{}, fmt.Errorf("%d site-local addresses: the tables have room for %d", addrs, limit)
	}
	i := slices.IndexFunc(c.Members, func(m Member) bool { return m.Name == c.Self })
	if i < 0 {
		return Member{}, fmt.Errorf("server %s: not among the %d servers of the site", c.Self, len(c.Members))
	}
	return c.Members[i], nil
}
