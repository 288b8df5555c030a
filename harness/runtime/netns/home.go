//go:build linux

package netns

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
)

// runFolder is where every lab has a folder of its name with what is needed to clean up after it.
const runFolder = "/run/closlab"

// home is the folder of a lab. Its process holds a lock on it as long as it lives.
type home struct {
	Name       string
	Fabric     string // the fabric's file
	Pid        int
	Namespaces []string
	Processes  []int // of routers

	mu   sync.Mutex
	lock *os.File
}

func (h *home) folder() string { return filepath.Join(runFolder, h.Name) }

// claim makes the folder of a lab of the fabric under a name that no other lab has.
func claim(f *fabric.Fabric) (*home, error) {
	all, err := alone()
	if err != nil {
		return nil, err
	}
	defer all.Close()
	for i := 1; ; i++ {
		h := &home{Name: f.Name + "-" + strconv.Itoa(i), Fabric: f.File, Pid: os.Getpid()}
		err = os.Mkdir(h.folder(), 0o755)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("folder of the lab: %w", err)
		}
		for _, n := range f.Nodes {
			h.Namespaces = append(h.Namespaces, h.namespace(n.Name))
		}
		if h.lock, err = hold(h.folder(), syscall.LOCK_NB); err != nil {
			return nil, fmt.Errorf("lab %s: %w", h.Name, err)
		}
		return h, h.save()
	}
}

// namespace returns the name of a node's namespace.
func (h *home) namespace(node string) string { return h.Name + "." + node }

// alone makes the folder of labs and locks it against others that claim or clean.
func alone() (*os.File, error) {
	err := os.MkdirAll(runFolder, 0o755)
	if err == nil {
		var lock *os.File
		if lock, err = hold(runFolder, 0); err == nil {
			return lock, nil
		}
	}
	return nil, fmt.Errorf("folder of labs: %w: run as root (sudo), or use the sim runtime", err)
}

// hold locks a folder; with LOCK_NB it fails while another process holds it.
func hold(folder string, how int) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|how); err != nil {
		lock.Close()
		return nil, err
	}
	return lock, nil
}

// save writes what Clean has to know, in one piece.
func (h *home) save() error {
	text, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return err
	}
	fresh := filepath.Join(h.folder(), "lab.json.new")
	if err := os.WriteFile(fresh, text, 0o644); err != nil {
		return fmt.Errorf("lab %s: %w", h.Name, err)
	}
	return os.Rename(fresh, filepath.Join(h.folder(), "lab.json"))
}

// adopt notes a process of the lab.
func (h *home) adopt(pid int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Processes = append(h.Processes, pid)
	return h.save()
}

// leave removes the folder.
func (h *home) leave() error {
	if h == nil {
		return nil
	}
	defer h.lock.Close()
	return os.RemoveAll(h.folder())
}

// Clean removes what labs have left whose process is gone, and returns their names. It touches no lab that is alive, and nothing
// that is no lab's.
func Clean() ([]string, error) {
	var cleaned []string
	if _, err := os.Stat(runFolder); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	all, err := alone()
	if err != nil {
		return nil, err
	}
	defer all.Close()
	entries, err := os.ReadDir(runFolder)
	if err != nil {
		return nil, fmt.Errorf("folder of labs: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue // the lock
		}
		lock, err := hold(filepath.Join(runFolder, e.Name()), syscall.LOCK_NB)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			continue // alive
		}
		if err != nil {
			return cleaned, fmt.Errorf("lab %s: %w", e.Name(), err)
		}
		h := &home{Name: e.Name(), lock: lock}
		if err := h.clean(); err != nil {
			return cleaned, fmt.Errorf("lab %s: %w", e.Name(), err)
		}
		cleaned = append(cleaned, e.Name())
	}
	return cleaned, nil
}

// clean removes what is left of one lab.
func (h *home) clean() error {
	text, err := os.ReadFile(filepath.Join(h.folder(), "lab.json"))
	if err == nil {
		err = json.Unmarshal(text, h)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // without the file nothing had been made yet
		return err
	}
	h.Name = filepath.Base(h.folder())
	for _, pid := range h.Processes {
		if speaks(pid) {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	for _, name := range h.Namespaces {
		ns, err := kernel.Open(name)
		if err == nil {
			err = ns.Delete()
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return h.leave()
}

// speaks reports whether a process is a router: process ids are used again.
func speaks(pid int) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return err == nil && slices.Contains(strings.Split(string(line), "\x00"), "speaker")
}
