//go:build linux

package daemons

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Variable of the environment names a folder with another system's FRR in it: the root of that system.
const Variable = "CLOSLAB_FRR"

// Where distributions keep the daemons, their sockets, what they write and what they read, in the root of the system that they are of.
const (
	Folder = "/usr/lib/frr"
	Run    = "/run/frr" // vtysh finds the daemons there
	state  = "/var/lib/frr"
	files  = "/etc/frr"
)

// root returns the root of the system that FRR is taken from; "" is this one's.
func root() string { return os.Getenv(Variable) }

// has reports whether FRR has a daemon of that name: mgmtd came with 9.0.
func has(name string) bool {
	_, err := os.Stat(filepath.Join(root(), Folder, name))
	return err == nil
}

// managed reports whether a daemon has its configuration from mgmtd alone, which reads files of its own choice.
func managed(name string) bool {
	return has("mgmtd") && (name == "mgmtd" || name == "staticd")
}

// Installed returns what to do if FRR is missing.
func Installed() error {
	for _, name := range []string{"zebra", "staticd", "bgpd"} {
		if has(name) {
			continue
		}
		if root() != "" {
			return fmt.Errorf("%s=%s: there is no %s: it names the root of a system with FRR, such as an unpacked container image of it",
				Variable, root(), filepath.Join(root(), Folder, name))
		}
		return fmt.Errorf("FRR is not installed (there is no %s): install it (Debian, Ubuntu: apt-get install frr), or run these routers with --engine gobgp", filepath.Join(Folder, name))
	}
	return nil
}

// Seclude makes folders for the daemons, empty and this mount namespace's own: /run, /var/tmp for crash logs, and those of mgmtd. The
// caller must be in a mount namespace of its own, or this hides the machine's.
func Seclude() error {
	folders := map[string]string{"/run": "mode=755", filepath.Join("/", root(), "/var/tmp"): "mode=1777"}
	if has("mgmtd") {
		uid, gid, err := account()
		if err != nil {
			return err
		}
		folders[filepath.Join("/", root(), files)] = "mode=755"
		folders[filepath.Join("/", root(), state)] = fmt.Sprintf("mode=750,uid=%d,gid=%d", uid, gid)
	}
	for folder, mode := range folders {
		if err := syscall.Mount("none", folder, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, mode); err != nil {
			return fmt.Errorf("a folder of its own for %s: %w", folder, err)
		}
	}
	return adjoin()
}

// home makes FRR's run directory.
func home() error {
	uid, gid, err := account()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(Run, 0o755); err != nil {
		return err
	}
	return os.Chown(Run, uid, gid)
}

// adjoin shows the daemons of another system what they need of this one.
func adjoin() error {
	if root() == "" {
		return nil
	}
	for _, folder := range []string{"/run", "/proc", "/sys", "/dev"} {
		if err := syscall.Mount(folder, filepath.Join(root(), folder), "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
			return fmt.Errorf("%s=%s: cannot show it %s: %w", Variable, root(), folder, err)
		}
	}
	return nil
}

// account returns the ids of FRR's user, in the system that it is taken from.
func account() (uid, gid int, err error) {
	f, err := os.Open(filepath.Join("/", root(), "etc/passwd"))
	if err != nil {
		return 0, 0, fmt.Errorf("FRR's account: %w", err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Split(lines.Text(), ":") // passwd(5)
		if len(fields) < 4 || fields[0] != "frr" {
			continue
		}
		uid, err1 := strconv.Atoi(fields[2])
		gid, err2 := strconv.Atoi(fields[3])
		return uid, gid, errors.Join(err1, err2)
	}
	return 0, 0, fmt.Errorf("FRR's account: %s has no user frr", f.Name())
}
