//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
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
	for _, pattern := range []string{"/run/closlab/", "/run/netns/*"} { // containers' names have more ahead
		if left, _ := filepath.Glob(pattern + ts.Getenv("FABRIC") + "-*"); (len(left) == 0) == neg {
			ts.Fatalf("left: %v", left)
		}
	}
	if !neg {
		until(ts, "the end of all processes", func() bool { return len(marked(ts.Getenv("FABRIC"))) == 0 })
	}
}

// signalled SIGNAL foreground|holder|dockerd|ROUTER MOMENT COMMAND [ARG]... runs the command, sends the signal at that moment to the process in
// the foreground, to the one that holds the lab, to the daemon of the script or to a router, and waits for the first. Unless it was killed itself, its exit code
// must be 3. What it has said is in the file said.
func signalled(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: signalled SIGNAL foreground|holder|dockerd|ROUTER MOMENT COMMAND [ARG]...")
	}
	sig, whom, moment := signals[args[0]], args[1], args[2]
	path, err := exec.LookPath(args[3])
	ts.Check(err)
	said := &buffer{}
	cmd := exec.Command(path, args[4:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), said, said
	cmd.Env = append(os.Environ(), "FABRIC="+ts.Getenv("FABRIC"), "DOCKER_HOST="+ts.Getenv("DOCKER_HOST"))
	ts.Check(cmd.Start())
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	until(ts, moment, func() bool {
		select {
		case <-ended:
			ts.Fatalf("%s: it has ended before\n%s", moment, said)
		default:
		}
		return reached(ts, moment, whom, said.String())
	})
	pid := cmd.Process.Pid
	switch whom {
	case "foreground":
	case "holder":
		pid = holderOf(ts.Getenv("FABRIC"))
	case "dockerd":
		pid, _ = strconv.Atoi(strings.TrimSpace(ts.ReadFile(filepath.Join(ts.Getenv("D"), "pid"))))
	default:
		pid = router(ts, whom)
	}
	if pid == 0 {
		ts.Fatalf("%s: no such process", whom)
	}
	ts.Check(syscall.Kill(pid, sig))
	<-ended
	if code := cmd.ProcessState.ExitCode(); code != exitUnknown && pid != cmd.Process.Pid || code != exitUnknown && sig != syscall.SIGKILL {
		ts.Fatalf("%s to %s at %s: exit code %d\n%s", args[0], whom, moment, code, said)
	}
	ts.Check(os.WriteFile(ts.MkAbs("said"), []byte(said.String()), 0o644))
}

var signals = map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL, "ABRT": syscall.SIGABRT, "STOP": syscall.SIGSTOP}

// crashed ROUTER makes a router of the script's lab crash, and waits until that is known.
func crashed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: crashed ROUTER")
	}
	ts.Check(syscall.Kill(router(ts, args[0]), syscall.SIGABRT))
	until(ts, "word of the crash", func() bool {
		text, _ := os.ReadFile("/run/closlab/" + ts.Getenv("FABRIC") + "-1/lab.json")
		return strings.Contains(string(text), "router "+args[0])
	})
}

// marked returns the processes that have the fabric in their environment, by id with their command lines.
func marked(fabric string) map[int]string {
	out := map[int]string{}
	mark := "\x00FABRIC=" + fabric + "\x00"
	environments, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, e := range environments {
		if text, _ := os.ReadFile(e); strings.Contains("\x00"+string(text), mark) {
			line, _ := os.ReadFile(filepath.Join(filepath.Dir(e), "cmdline"))
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(e)))
			out[pid] = string(line)
		}
	}
	return out
}

// router returns the process of a router of the script's lab, or 0.
func router(ts *testscript.TestScript, name string) int {
	for pid, line := range marked(ts.Getenv("FABRIC")) {
		if strings.HasSuffix(line, "\x00speaker\x00"+name+"\x00") {
			return pid
		}
	}
	return labOf(ts.Getenv("FABRIC")).Processes[name].Pid // in a container
}

// reached reports whether the script's lab has come to that moment: it has a folder, a namespace, all namespaces, the router in question,
// or all of them running; or the command has said that text.
func reached(ts *testscript.TestScript, moment, whom, said string) bool {
	lab := ts.Getenv("FABRIC") + "-1"
	spaces, _ := filepath.Glob("/run/netns/*" + lab + `[.\-]*`)
	switch moment {
	case "folder":
		_, err := os.Stat("/run/closlab/" + lab)
		return err == nil
	case "namespace":
		return len(spaces) > 0
	case "namespaces":
		return len(spaces) == 22
	case "started":
		return router(ts, whom) != 0
	case "running":
		text, _ := os.ReadFile("/run/closlab/" + lab + "/lab.json")
		return strings.Contains(string(text), `"State": "running"`)
	}
	return strings.Contains(said, moment)
}

// holderOf returns the process that the lab of a fabric belongs to, or 0.
func holderOf(fabric string) int { return labOf(fabric).Pid }

// home is what is noted of a lab, as far as it is needed here.
type home struct {
	Pid       int
	Processes map[string]struct{ Pid int }
}

// labOf returns what is noted of the lab of a fabric; nothing if there is none.
func labOf(fabric string) home {
	var out home
	if text, err := os.ReadFile("/run/closlab/" + fabric + "-1/lab.json"); err == nil {
		json.Unmarshal(text, &out)
	}
	return out
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
