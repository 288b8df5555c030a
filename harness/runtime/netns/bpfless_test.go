//go:build linux

package netns_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// bpfless is what a copy of this test runs as that is to start a lab of the topology it names, on a kernel without BPF.
const bpfless = "CLOSLAB_TEST_BPFLESS"

// startWithoutBPF starts the lab under a name of its own and ends it.
func startWithoutBPF(topology string) error {
	if err := denyBPF(); err != nil {
		return fmt.Errorf("seccomp: %w", err)
	}
	base, err := candidate.Load("../../../topologies/" + topology)
	if err != nil {
		return err
	}
	base.Fabric.Name = "bpfless-" + topology
	r, err := netns.New(context.Background(), base.Fabric, netns.Options{})
	if err != nil {
		return err
	}
	return r.Stop()
}

// denyBPF has this process' calls of bpf fail as on a kernel that has no such call (seccomp, Linux 3.17).
func denyBPF() error {
	number := unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS} // the first word of struct seccomp_data
	program := []unix.SockFilter{
		number,
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_BPF, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	f := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&f)))
	if errno != 0 {
		return errno
	}
	return nil
}

// A fabric with services needs BPF and says so, leaving nothing behind; one without does not.
func TestKernelWithoutBPF(t *testing.T) {
	for topology, want := range map[string]string{
		"clos-small": "",
		"mcp":        "services need BPF: Linux 5.10 or later, as root or with CAP_BPF; or use the sim runtime\n",
	} {
		exe, err := os.Executable()
		require.NoError(t, err)
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), bpfless+"="+topology)
		out, err := cmd.CombinedOutput()
		require.Contains(t, string(out), want)
		if want == "" {
			require.NoError(t, err, string(out))
		} else {
			require.Error(t, err)
			require.Contains(t, string(out), "server a1: cannot load the BPF program: ")
		}
		for _, place := range []string{"/run/closlab", "/run/netns"} {
			left, err := filepath.Glob(filepath.Join(place, "bpfless-"+topology+"-*"))
			require.NoError(t, err)
			require.Empty(t, left)
		}
	}
}
