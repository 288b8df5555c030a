package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/closlab/closlab/harness/speaker"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	speaker.Hijack()
	testscript.Main(m, map[string]func(){"closlab": main})
}

// scripts is "live" where root runs those that bring up labs.
var scripts = flag.String("scripts", "script", "the folder of testdata whose scripts are run: script, or live (Linux, root)")

// The scripts tell what a user does and sees. Each begins with copies of the fabrics mcp and clos-small and of the scenarios in its folder.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", *scripts),
		Setup: func(e *testscript.Env) error {
			e.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
			e.Setenv("GIT_CONFIG_NOSYSTEM", "1")
			for _, who := range []string{"AUTHOR", "COMMITTER"} {
				e.Setenv("GIT_"+who+"_NAME", "ci")
				e.Setenv("GIT_"+who+"_EMAIL", "ci@example.net")
			}
			return errors.Join(copied("topologies/mcp", filepath.Join(e.WorkDir, "mcp")), copied("topologies/clos-small", filepath.Join(e.WorkDir, "clos-small")),
				copied("scenarios", filepath.Join(e.WorkDir, "scenarios")), alone(e))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "json": jsonValue, "untouched": untouched, "mangle": mangle, "signalled": signalled, "crashed": crashed, "gone": gone,
			"serves": serves, "asked": asked,
		},
	})
}

// alone gives the fabric a name that no other script or run of them has, in $FABRIC too, where labs are brought up.
func alone(e *testscript.Env) error {
	if *scripts != "live" {
		return nil
	}
	name := fmt.Sprintf("t%d-%d", os.Getpid(), labs.Add(1))
	e.Setenv("FABRIC", name)
	e.Defer(func() { // where a script has failed
		if pid := holderOf(name); pid > 0 {
			syscall.Kill(pid, syscall.SIGTERM)
		}
	})
	return rename(filepath.Join(e.WorkDir, "mcp", "fabric.yaml"), name)
}

// rename gives the fabric mcp another name.
func rename(file, name string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(strings.Replace(string(text), "\nname: mcp\n", "\nname: "+name+"\n", 1)), 0o644)
}

var labs atomic.Int32

// project is the folder with topologies and scenarios, as seen from a test.
var project = filepath.Join("..", "..", "..")

func copied(from, to string) error {
	return os.CopyFS(to, os.DirFS(filepath.Join(project, filepath.FromSlash(from))))
}

// exits CODE closlab ARGS... runs the command and wants that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGS...")
	}
	code := 0
	err := ts.Exec(args[1], args[2:]...)
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		code, err = failed.ExitCode(), nil
	}
	ts.Check(err)
	if want, _ := strconv.Atoi(args[0]); code != want {
		ts.Fatalf("exit code %d, want %d\n%s%s", code, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// json FILE PATH WANT looks a value up in a JSON file, or in stdout, by a path such as findings.0.check; PATH.len is how many
// there are.
func jsonValue(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: json FILE PATH WANT")
	}
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &v))
	for _, step := range strings.Split(args[1], ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[step]
		case []any:
			if step == "len" {
				v = len(at)
				continue
			}
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(at) {
				ts.Fatalf("%s: %s has no %s", args[0], args[1], step)
			}
			v = at[i]
		default:
			v = nil
		}
	}
	got, err := json.Marshal(v)
	ts.Check(err)
	if s, ok := v.(string); ok {
		got = []byte(s)
	}
	if (string(got) == args[2]) == neg {
		ts.Fatalf("%s: %s is %s", args[0], args[1], got)
	}
}

// untouched wants the fabric as it was, and no file anywhere in TMPDIR.
func untouched(ts *testscript.TestScript, neg bool, args []string) {
	was, is := tree(ts, filepath.Join(project, "topologies", "mcp")), tree(ts, ts.MkAbs("mcp"))
	left := tree(ts, ts.Getenv("TMPDIR"))
	if was != is || left != "" {
		ts.Fatalf("the fabric changed, or something was left behind: %s", left)
	}
}

// tree returns names and contents of all files below dir.
func tree(ts *testscript.TestScript, dir string) string {
	var all strings.Builder
	ts.Check(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all.WriteString(name + "\n" + string(text))
		return err
	}))
	return all.String()
}

// mangle FILE OLD NEW replaces text in a file; Go's escapes such as \x1b and \r are read in both. OLD must be there, and "" is the
// beginning.
func mangle(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: mangle FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	var words [2]string
	for i, a := range args[1:] {
		w, err := strconv.Unquote(`"` + strings.ReplaceAll(a, `"`, `\"`) + `"`)
		ts.Check(err)
		words[i] = w
	}
	n := -1
	if words[0] == "" {
		n = 1
	}
	if !strings.Contains(text, words[0]) {
		ts.Fatalf("%s does not have %q", args[0], words[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, words[0], words[1], n)), 0o644))
}
