package footprint

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Process is what this process has of its own that a lab could leave behind.
type Process struct {
	Descriptors []string
	Goroutines  int
	Children    []string
}

// Own returns what this process has.
func Own(t testing.TB) Process {
	t.Helper()
	m := Process{Goroutines: runtime.NumGoroutine()}
	fds, err := filepath.Glob("/proc/self/fd/*")
	require.NoError(t, err)
	for _, fd := range fds {
		if link, err := os.Readlink(fd); err == nil {
			m.Descriptors = append(m.Descriptors, strings.TrimRight(link, "0123456789]"))
		}
	}
	slices.Sort(m.Descriptors)
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	for _, name := range stats {
		text, _ := os.ReadFile(name)
		_, rest, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == fmt.Sprint(os.Getpid()) {
			m.Children = append(m.Children, string(text))
		}
	}
	return m
}
