//go:build linux

package netns

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/kernel"
)

// runFolder is where every lab has a folder of its name with what is needed to clean up after it.
const runFolder = "/run/closlab"

// home is the folder of a lab. Its process holds a lock on it as long as it lives.
type home struct {
	Name      string
	Fabric    string // the fabric's file
	Runtime   string
	Prefix    string // of its namespaces' names
	Pid       int
	Since     time.Time
	State     string
	Nodes     []string                  // in fabric order
	Processes map[string]kernel.Process // of nodes that have one, once all of them have started

	mu     sync.Mutex // of what changes
	ground Ground
	lock   *os.File
	log    *os.File
	once   sync.Once
	came   error // of the end
}

// diary returns the file with what the routers say of themselves.
func (h *home) diary() string { return filepath.Join(h.folder(), "log") }

// Folder returns the folder of the lab of that name, which is root's alone.
func Folder(name string) string { return filepath.Join(runFolder, name) }

func (h *home) folder() string { return Folder(h.Name) }

// claim makes the folder of a lab of the fabric under a name that no other lab has.
func claim(f *fabric.Fabric, g Ground) (*home, error) {
	all, err := alone()
	if err != nil {
		return nil, err
	}
	defer all.Close()
	file, err := filepath.Abs(f.File)
	if err != nil {
		return nil, fmt.Errorf("fabric %s: %w", f.Name, err)
	}
	for i := 1; ; i++ {
		name := f.Name + "-" + strconv.Itoa(i)
		h := &home{Name: name, Fabric: file, Runtime: g.Name(), Prefix: g.Prefix(name), Pid: os.Getpid(), Since: time.Now(), State: Starting, ground: g}
		err = os.Mkdir(h.folder(), 0o700)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("folder of the lab: %w", err)
		}
		for _, n := range f.Nodes {
			h.Nodes = append(h.Nodes, n.Name)
		}
		if h.lock, err = hold(h.folder(), os.O_CREATE, syscall.LOCK_NB); err == nil {
			if h.log, err = os.Create(h.diary()); err == nil {
				err = h.save()
			}
		}
		if err != nil {
			h.lock.Close()
			h.log.Close()
			return nil, errors.Join(fmt.Errorf("lab %s: %w", h.Name, err), os.RemoveAll(h.folder()))
		}
		claimed.Lock()
		claimed.homes = append(claimed.homes, h)
		claimed.Unlock()
		return h, nil
	}
}

// change changes the home and saves it.
func (h *home) change(f func()) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
	if err := h.save(); err != nil {
		return fmt.Errorf("lab %s: %w", h.Name, err)
	}
	return nil
}

// namespace returns the name of a node's namespace.
func (h *home) namespace(node string) string { return h.Prefix + node }

// namespaces returns the names of all namespaces.
func (h *home) namespaces() []string {
	var out []string
	for _, n := range h.Nodes {
		out = append(out, h.namespace(n))
	}
	return out
}

// alone makes the folder of labs and locks it against all others that claim, leave, list or clean.
func alone() (*os.File, error) {
	err := os.MkdirAll(runFolder, 0o755)
	if err == nil {
		var lock *os.File
		if lock, err = hold(runFolder, os.O_CREATE, 0); err == nil {
			return lock, nil
		}
	}
	if errors.Is(err, fs.ErrPermission) {
		err = fmt.Errorf("%w: run as root (sudo), or use the sim runtime", err)
	}
	return nil, fmt.Errorf("folder of labs: %w", err)
}

// hold locks a folder, with O_CREATE also one that has no lock yet; with LOCK_NB it fails while another process holds it.
func hold(folder string, open, how int) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(folder, "lock"), open|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|how); err != nil {
		lock.Close()
		return nil, err
	}
	return lock, nil
}

// What a lab's State is.
const (
	Starting = "starting"
	Running  = "running"
)

// save writes what Clean has to know, in one piece. The caller holds the lock, or is alone with the home.
func (h *home) save() error {
	text, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return err
	}
	fresh := filepath.Join(h.folder(), "lab.json.new")
	if err := os.WriteFile(fresh, text, 0o644); err != nil {
		return err
	}
	return os.Rename(fresh, filepath.Join(h.folder(), "lab.json"))
}

// end tears the lab down by the given means and removes the folder, once; if something could not be removed, the folder stays for
// Clean.
func (h *home) end(tearDown func() error) error {
	h.once.Do(func() {
		defer h.lock.Close()
		defer h.log.Close()
		if h.came = tearDown(); h.came != nil {
			return
		}
		all, err := alone()
		if h.came = err; err == nil {
			defer all.Close()
			h.came = os.RemoveAll(h.folder())
		}
	})
	return h.came
}

// read returns the home of a lab as it was saved last. Without a file nothing had been made yet.
func read(name string) (*home, error) {
	h := &home{Name: name}
	text, err := os.ReadFile(filepath.Join(h.folder(), "lab.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	if err == nil {
		err = json.Unmarshal(text, h)
	}
	h.Name = name
	return h, err
}
