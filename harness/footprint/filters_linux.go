package footprint

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// Messages of nftables' netlink protocol (linux/netfilter/nf_tables.h): what they ask for, by name. iptables-nft keeps its rules there.
var filterKinds = map[string]int{"table": unix.NFT_MSG_GETTABLE, "chain": unix.NFT_MSG_GETCHAIN, "rule": unix.NFT_MSG_GETRULE}

// filters are the packet filters of this thread's network namespace, as the kernel gives them out; none where it has no nftables.
func (h Host) filters(t testing.TB) {
	for kind, get := range filterKinds {
		q := nl.NewNetlinkRequest(unix.NFNL_SUBSYS_NFTABLES<<8|get, unix.NLM_F_DUMP)
		q.AddData(&nl.Nfgenmsg{NfgenFamily: unix.NFPROTO_UNSPEC, Version: unix.NFNETLINK_V0})
		found, err := q.Execute(unix.NETLINK_NETFILTER, 0)
		if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EPROTONOSUPPORT) {
			continue
		}
		require.NoError(t, err, "nftables: %s", kind)
		for _, x := range found {
			h[fmt.Sprintf("filter %s %x", kind, x)] = ""
		}
	}
}
