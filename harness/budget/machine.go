package budget

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Available returns how many bytes of memory new processes can have on this machine: what the kernel says is available, with what is free of swap,
// and no more than a limit of this process' control group leaves.
func Available() (uint64, error) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, fmt.Errorf("memory of this machine: %w", err)
	}
	out, err := meminfo(text)
	if err != nil {
		return 0, err
	}
	if left, limited := group(os.ReadFile); limited {
		out = min(out, left)
	}
	return out, nil
}

// meminfo returns what is available by proc_meminfo(5), in bytes.
func meminfo(text []byte) (uint64, error) {
	out, found := uint64(0), false
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) < 2 || words[0] != "MemAvailable:" && words[0] != "SwapFree:" {
			continue
		}
		kib, err := strconv.ParseUint(words[1], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("memory of this machine: %q: %w", lines.Text(), err)
		}
		out, found = out+kib<<10, found || words[0] == "MemAvailable:"
	}
	if !found {
		return 0, fmt.Errorf("memory of this machine: /proc/meminfo has no MemAvailable")
	}
	return out, nil
}

// group returns what the control group of this process has left of its limit, if it has one (cgroup v2).
func group(read func(string) ([]byte, error)) (uint64, bool) {
	text, err := read("/proc/self/cgroup")
	_, path, ok := strings.Cut(strings.TrimSpace(string(text)), "0::")
	if err != nil || !ok {
		return 0, false
	}
	path, _, _ = strings.Cut(path, "\n")
	number := func(name string) (uint64, bool) {
		text, err := read("/sys/fs/cgroup" + strings.TrimSuffix(path, "/") + "/" + name)
		n, bad := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64) // "max" is none
		return n, err == nil && bad == nil
	}
	limit, ok := number("memory.max")
	if !ok {
		return 0, false
	}
	now, _ := number("memory.current")
	return limit - min(now, limit), true
}
