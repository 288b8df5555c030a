package dataplane

import (
	"bytes"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/multimog"
)

func TestBadConfigs(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(c *Config){
		"server x: not among the 4 servers of the site": func(c *Config) { c.Self = "x" },
		"server b1: listed twice":                       func(c *Config) { c.Members = append(c.Members, Member{Name: "b1"}) },
		"server d1: site-local address 10.1.0.1: want one IPv4 and one IPv6 address of its own at most": func(c *Config) {
			c.Members = append(c.Members, member("d1", "d", "10.1.0.1", "fd00:4::1"))
		},
		"nothing to balance":                    func(c *Config) { c.VIPs = nil },
		"table size 4098 is not a prime number": func(c *Config) { c.Size = 4098 },
		"VIP 192.0.2.1: listed twice":           func(c *Config) { c.VIPs = append(c.VIPs, c.VIPs[0]) },
		"server z1: not a server of the site with a site-local address of the VIP's family": func(c *Config) {
			c.VIPs = []VIP{{Addr: vip4, Fleet: multimog.Fleet{{Name: "z1", Weight: 1}}}}
		},
		"VIP 192.0.2.1: its table has 251 slots, not 4099": func(c *Config) {
			table, err := fleet.Table(251)
			require.NoError(t, err)
			c.VIPs = []VIP{{vip4, fleet, table}}
		},
		"VIP 10.1.0.1: listed twice, or a site-local address": func(c *Config) {
			c.VIPs = []VIP{{Addr: netip.MustParseAddr("10.1.0.1"), Fleet: fleet}}
		},
	} {
		c := config()
		c.Members = append([]Member(nil), c.Members...)
		change(&c)
		_, err := Load(c)
		require.ErrorContains(t, err, want)
	}
}

// The compiler of generate.go makes of the source the bytes that are committed.
func TestCommittedProgramIsOfThisSource(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("generate.go")
	require.NoError(t, err)
	_, command, found := strings.Cut(string(text), "//go:generate ")
	require.True(t, found)
	dir := t.TempDir()
	args := strings.Fields(strings.Replace(command, "bpf2go ", "bpf2go -output-dir "+dir+" ", 1))
	generate := exec.Command(args[0], args[1:]...)
	generate.Env = append(os.Environ(), "GOPACKAGE=dataplane")
	out, err := generate.CombinedOutput()
	require.NoError(t, err, "this test needs clang-14 and llvm-14 (scripts/need installs them): %s", out)
	for _, name := range []string{"program_bpfel_linux.go", "program_bpfel_linux.o"} {
		want, err := os.ReadFile(name)
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got), "%s: run go generate ./harness/multimog/dataplane", name)
	}
}
