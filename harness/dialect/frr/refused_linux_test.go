package frr_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/frr"
)

// What vtysh does not take never reaches bgpd: a text with it is not read as if it did.
func TestWhatVtyshRefusesIsNotRead(t *testing.T) {
	t.Parallel()
	const lists = "ip prefix-list P permit 10.0.0.0/8\nbgp community-list standard C permit 64500:1\nbgp large-community-list standard G permit 1:1:1\n"
	entry := func(line string) string { return lists + "route-map M permit 10\n " + line + "\n" }
	for _, text := range []string{
		entry("continue"),
		entry("continue 20 30"),
		entry("on-match next 20"),
		entry("on-match goto 20 30"),
		entry("call"),
		entry("call N O"),
		entry("set comm-list delete C"),
		entry("set large-comm-list delete G"),
		entry("set comm-list C delete delete"),
		entry("set extcommunity none additive"),
		entry("set ipv6 next-hop peer-address 2001:db8::1"),
		entry("match ip address prefix-list P\nexit\nexit\nip prefix-list P permit any"),
		"quit\nip prefix-list Q permit any\nconfigure terminal\n" + entry("match ip address prefix-list P"),
		entry("match ip address prefix-list P\nip prefix-list P seq 0 permit any"),
		entry("match ip address P\naccess-list P seq 0 permit any"),
	} {
		file := filepath.Join(t.TempDir(), "frr.conf")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		said, err := exec.Command("vtysh", "-C", "-f", file).CombinedOutput()
		require.Error(t, err, text)
		require.Equal(t, 1, strings.Count(string(said), "line "), "%s%s", text, said)

		c, err := frr.Parse("frr.conf", []byte(text)).Read()
		if err == nil {
			_, err = c.NewSession("M", "", false, true)
		}
		require.ErrorContains(t, err, "frr.conf:", text)
	}
}

// What vtysh takes is read, however the sections around it are left.
func TestWhatVtyshTakesIsRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"exit\nconfigure terminal\nroute-map M permit 10\n",
		"route-map M permit 10\nexit\n!\nexit\n!\n",
		"vrf V\n vni 7\nexit-vrf\nroute-map M permit 10\nexit\nend\n",
		"route-map M permit 10\nend\n!\nip prefix-list P permit any\n",
		"segment-routing\nsrv6\nlocators\nlocator A\nexit\nexit\nexit\nexit\nroute-map M permit 10\nexit\n",
		"router bgp 65000\n address-family ipv4 unicast\n exit-address-family\nexit\nroute-map M permit 10\nno call\nno continue\nno on-match next\n",
	} {
		file := filepath.Join(t.TempDir(), "frr.conf")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		said, err := exec.Command("vtysh", "-C", "-f", file).CombinedOutput()
		require.NoError(t, err, "%s%s", text, said)
		c, err := frr.Parse("frr.conf", []byte(text)).Read()
		require.NoError(t, err, text)
		_, err = c.NewSession("M", "", false, true)
		require.NoError(t, err, text)
	}
}
