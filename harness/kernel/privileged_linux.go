package kernel

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Privileged reports whether this process could give another all privileges that there are: its bounding set of capabilities is
// whole (capabilities(7)).
func Privileged() (bool, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false, err
	}
	for line := range strings.Lines(string(text)) {
		if set, found := strings.CutPrefix(line, "CapBnd:"); found {
			has, err := strconv.ParseUint(strings.TrimSpace(set), 16, 64)
			if err != nil {
				return false, fmt.Errorf("/proc/self/status: %w", err)
			}
			const all = 1<<(unix.CAP_AUDIT_READ+1) - 1 // those of every kernel that containers run on
			return has&all == all, nil
		}
	}
	return false, nil
}
