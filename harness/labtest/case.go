package labtest

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// Files of a case beside those of the fabric and its candidates.
const (
	stepsFile = "steps"
	wantFile  = "want"
)

// scene is a case of the contract suite.
type scene struct {
	archive *txtar.Archive
	steps   []string
	trips   [][2]string // from, to
	loads   []string
	want    string
}

// parse reads a case.
func parse(text []byte) (*scene, error) {
	c := &scene{archive: txtar.Parse(text)}
	for _, f := range c.archive.Files {
		switch f.Name {
		case wantFile:
			c.want = string(f.Data)
		case stepsFile:
			for line := range strings.Lines(string(f.Data)) {
				if err := c.add(strings.TrimSpace(line)); err != nil {
					return nil, err
				}
			}
		}
	}
	if len(c.trips) == 0 {
		return nil, errors.New("no trips are asked for")
	}
	return c, nil
}

// add takes a line of the steps: what to ask for, or what to do.
func (c *scene) add(line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "trips":
		for _, pair := range strings.Split(rest, ", ") {
			from, to, found := strings.Cut(pair, " ")
			if !found {
				return fmt.Errorf("trip %q: want FROM TO", pair)
			}
			c.trips = append(c.trips, [2]string{from, to})
		}
	case "loads":
		c.loads = append(c.loads, strings.Fields(rest)...)
	case "":
	default:
		c.steps = append(c.steps, line)
	}
	return nil
}

// play brings the fabric up, takes the steps, and returns what is to be seen at rest and what changes with each.
func (c *scene) play(t testing.TB, starter Starter) string {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "policy"), 0o755)) // a case may have none
	require.NoError(t, txtar.Write(c.archive, folder))
	l := start(t, starter, load(t, folder))
	var out strings.Builder
	rest := c.look(l)
	for _, x := range rest {
		fmt.Fprintf(&out, "%s: %s\n", x.place, x.text)
	}
	for before, i := rest, 0; i < len(c.steps); i++ {
		l.Step(c.steps[i])
		c.take(l, folder, c.steps[i])
		now := c.look(l)
		fmt.Fprintf(&out, "\n# %s\n", c.steps[i])
		if slices.Equal(now, rest) {
			out.WriteString("as at first\n")
		} else {
			out.WriteString(changes(before, now))
		}
		before = now
	}
	return out.String()
}

// look returns what is to be seen now.
func (c *scene) look(l *Lab) []remark {
	l.t.Helper()
	s, err := l.live.Observe(c.request(l.base.Fabric))
	l.must(err)
	return tell(l.base.Fabric, s)
}

// request asks for the trips, in the families that both ends have addresses of, and the loads.
func (c *scene) request(f *fabric.Fabric) observe.Request {
	out := observe.Request{Services: c.loads}
	has := func(name string, fam fabric.Family) bool {
		if s := f.Service(name); s != nil {
			return fabric.FamilyOf(s.VIP) == fam
		}
		n := f.Node(name)
		return n == nil || n.Addrs[fam].IsValid() // the runtime tells what it makes of a name that is nobody's
	}
	for _, pair := range c.trips {
		for _, fam := range fabric.Families {
			if has(pair[0], fam) && has(pair[1], fam) {
				out.Trips = append(out.Trips, observe.Trip{From: pair[0], To: pair[1], V6: fam == fabric.V6})
			}
		}
	}
	return out
}

// take takes a step.
func (c *scene) take(l *Lab, folder, step string) {
	l.t.Helper()
	verb, rest, _ := strings.Cut(step, " ")
	words := strings.Fields(rest)
	switch {
	case verb == "break":
		l.Break(faults(l.t, rest)...)
	case verb == "mend":
		l.Mend(faults(l.t, rest)...)
	case verb == "apply" && len(words) > 0:
		l.Apply(filepath.Join(folder, words[0]), words[1:]...)
	case verb == "rollback" && len(words) == 0:
		l.Rollback()
	case verb == "inject" && len(words) > 1:
		prefix, err := netip.ParsePrefix(words[1])
		require.NoError(l.t, err)
		l.Inject(words[0], "", policy.Route{Prefix: prefix, Protocol: policy.Static})
	default:
		l.t.Fatalf("step %q: want break or mend FAULTS, apply CANDIDATE [NODE]..., rollback, or inject NODE PREFIX", step)
	}
}

// faults reads a list as "link a b, session b c, node d".
func faults(t testing.TB, text string) []fabric.Fault {
	t.Helper()
	var out []fabric.Fault
	for _, one := range strings.Split(text, ", ") {
		words := append(strings.Fields(one), "", "", "")
		f := fabric.Fault{A: words[1], B: words[2]}
		switch {
		case words[0] == "link" && f.B != "":
			f.Kind = fabric.LinkDown
		case words[0] == "session" && f.B != "":
			f.Kind = fabric.SessionDown
		case words[0] == "node" && f.A != "":
			f.Kind = fabric.NodeDown
		default:
			t.Fatalf("fault %q: want link A B, session A B or node A", one)
		}
		out = append(out, f)
	}
	return out
}

// write puts what was seen into the file of the case, which is relative to this one's folder.
func (c *scene) write(t testing.TB, file, got string) {
	t.Helper()
	i := slices.IndexFunc(c.archive.Files, func(f txtar.File) bool { return f.Name == wantFile })
	if i < 0 {
		i = len(c.archive.Files)
		c.archive.Files = append(c.archive.Files, txtar.File{Name: wantFile})
	}
	c.archive.Files[i].Data = []byte(got)
	_, here, _, _ := runtime.Caller(0)
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(here), filepath.FromSlash(file)), txtar.Format(c.archive), 0o644))
}
