//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a script waits for what must come; look is how often it looks.
const patience, look = time.Minute, time.Millisecond

// until looks until there is something to see.
func until(ts *testscript.TestScript, what string, seen func() bool) {
	for deadline := time.Now().Add(patience); !seen(); <-time.After(look) {
		if time.Now().After(deadline) {
			ts.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// gone wants nothing to be left of the script's labs: no folder, no namespace and, in the end, no process.
func gone(ts *testscript.TestScript, neg bool, args []string) {
	for _, pattern := range []string{"/run/closlab/", "/run/netns/"} {
		if left, _ := filepath.Glob(pattern + ts.Getenv("FABRIC") + "-*"); (len(left) == 0) == neg {
			ts.Fatalf("left: %v", left)
		}
	}
	if !neg {
		until(ts, "the end of all processes", func() bool { return len(marked(ts.Getenv("FABRIC"))) == 0 })
	}
}

// marked returns the processes that have the fabric in their environment.
func marked(fabric string) []string {
	var out []string
	environments, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, e := range environments {
		if text, _ := os.ReadFile(e); bytes.Contains(append([]byte{0}, text...), []byte("\x00FABRIC="+fabric+"\x00")) {
			out = append(out, e)
		}
	}
	return out
}

// signalled SIGNAL foreground|holder MOMENT COMMAND [ARG]... runs the command, sends the signal at that moment to the process in the
// foreground or to the one that holds the lab, and waits for the former. INT and TERM must end it with exit code 3.
func signalled(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: signalled INT|TERM|KILL foreground|holder MOMENT COMMAND [ARG]...")
	}
	path, err := exec.LookPath(args[3])
	ts.Check(err)
	said := &buffer{}
	cmd := exec.Command(path, args[4:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), said, said
	cmd.Env = append(os.Environ(), "FABRIC="+ts.Getenv("FABRIC"))
	ts.Check(cmd.Start())
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	until(ts, args[2], func() bool {
		select {
		case <-ended:
			ts.Fatalf("%s: it has ended before\n%s", args[2], said)
		default:
		}
		return reached(ts, args[2], said.String())
	})
	pid := cmd.Process.Pid
	if args[1] == "holder" {
		pid = holderOf(ts.Getenv("FABRIC"))
	}
	if pid == 0 {
		ts.Fatalf("no process to signal")
	}
	ts.Check(syscall.Kill(pid, map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}[args[0]]))
	<-ended
	if code := cmd.ProcessState.ExitCode(); code != exitUnknown && !(args[0] == "KILL" && args[1] == "foreground") {
		ts.Fatalf("%s at %s: exit code %d\n%s", args[0], args[2], code, said)
	}
	ts.Check(os.WriteFile(ts.MkAbs("said"), []byte(said.String()), 0o644))
}

// reached reports whether the script's lab has come to that moment: it has a folder, a namespace, all namespaces, or running routers;
// or the command has said that text.
func reached(ts *testscript.TestScript, moment, said string) bool {
	lab := ts.Getenv("FABRIC") + "-1"
	spaces, _ := filepath.Glob("/run/netns/" + lab + ".*")
	switch moment {
	case "folder":
		_, err := os.Stat("/run/closlab/" + lab)
		return err == nil
	case "namespace":
		return len(spaces) > 0
	case "namespaces":
		return len(spaces) == 22
	case "running":
		text, _ := os.ReadFile("/run/closlab/" + lab + "/lab.json")
		return strings.Contains(string(text), `"State": "running"`)
	}
	return strings.Contains(said, moment)
}

// holderOf returns the process that the lab of a fabric belongs to, or 0.
func holderOf(fabric string) int {
	var lab struct{ Pid int }
	text, err := os.ReadFile("/run/closlab/" + fabric + "-1/lab.json")
	if err == nil {
		err = json.Unmarshal(text, &lab)
	}
	if err != nil {
		return 0
	}
	return lab.Pid
}

// buffer is what a process has said so far.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
