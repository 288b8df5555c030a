package footprint

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// where each kind of socket has its inode, counted in fields from 0, in the files of /proc/net. Sockets to the kernel itself (netlink)
// are not among them.
var socketKinds = map[string]int{"tcp": 9, "tcp6": 9, "udp": 9, "udp6": 9, "raw": 9, "raw6": 9, "icmp": 9, "icmp6": 9, "unix": 6, "packet": 8}

// Sockets returns the sockets in the network namespace of this thread that belong to one of the processes: by these others could
// talk to them. What is at the far end of a connection counts, too.
func Sockets(t testing.TB, pids ...int) []string {
	t.Helper()
	ours := map[string]bool{}
	for _, pid := range pids {
		fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		require.NoError(t, err)
		for _, fd := range fds {
			if link, err := os.Readlink(fd); err == nil && strings.HasPrefix(link, "socket:[") {
				ours[strings.Trim(link, "socket:[]")] = true
			}
		}
	}
	out := []string{}
	for kind, field := range socketKinds {
		text, err := os.ReadFile("/proc/thread-self/net/" + kind)
		if err != nil {
			continue // not in this kernel
		}
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); len(fields) > field && ours[fields[field]] {
				out = append(out, kind+" "+strings.TrimSpace(line))
			}
		}
	}
	slices.Sort(out)
	return out
}
