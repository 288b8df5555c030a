package frr_test

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/place"
)

var corpus = flag.String("corpus", "testdata/corpus", "the folder whose files *.conf TestCorpus reads")

// words that stand for what differs from text to text.
var varying = regexp.MustCompile(`"[^"]*"|\S*\d\S*|neighbor \S+|(route-map|list|call|calls|group) [A-Za-z_-]+`)

// tally counts what a folder of other people's configurations holds.
type tally struct {
	files, lines, read, sessions, judged int
	slowest                              time.Duration
	refused, open, unknown               map[string]int // by reason, in how many files
}

func (c *tally) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d files of %d lines: %d read, %d refused; of %d sessions %d can be judged\n", c.files, c.lines, c.read, c.files-c.read, c.sessions, c.judged)
	for _, x := range []struct {
		what string
		why  map[string]int
	}{{"refused", c.refused}, {"sessions that cannot be judged", c.open}, {"unknown lines", c.unknown}} {
		fmt.Fprintf(&b, "%s, in how many files:\n", x.what)
		for _, k := range slices.SortedFunc(maps.Keys(x.why), func(a, b string) int { return cmp.Or(cmp.Compare(x.why[b], x.why[a]), cmp.Compare(a, b)) }) {
			fmt.Fprintf(&b, "%5d  %s\n", x.why[k], k)
		}
	}
	return b.String()
}

func (c *tally) add(t *testing.T, name string, text []byte) {
	start := time.Now()
	cfg, err := frr.Read(name, text)
	c.slowest = max(c.slowest, time.Since(start))
	c.files++
	c.lines += strings.Count(string(text), "\n")
	if err != nil {
		var ps place.Problems
		require.True(t, errors.As(err, &ps), name)
		count(t, name, c.refused, ps, "")
		return
	}
	c.read++
	for _, s := range cfg.Sessions {
		c.sessions++
		if len(s.Problems) == 0 {
			c.judged++
		}
	}
	count(t, name, c.open, cfg.Problems(), "")
	count(t, name, c.unknown, cfg.Passed, "unknown: ")
}

// count adds the problems with that beginning, each once; each has its place.
func count(t *testing.T, name string, to map[string]int, ps place.Problems, begin string) {
	once := map[string]bool{}
	for _, p := range ps {
		require.Equal(t, name, p.Pos.File)
		require.Positive(t, p.Pos.Line)
		rest, ok := strings.CutPrefix(p.Text, begin)
		if k := varying.ReplaceAllString(rest, "*"); ok && !once[k] {
			once[k] = true
			to[k]++
		}
	}
}

// Configurations that others wrote are read, or refused with a place and a reason.
func TestCorpus(t *testing.T) {
	t.Parallel()
	all := &tally{refused: map[string]int{}, open: map[string]int{}, unknown: map[string]int{}}
	require.NoError(t, filepath.WalkDir(*corpus, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || filepath.Ext(path) != ".conf" {
			return err
		}
		text, err := os.ReadFile(path)
		all.add(t, path, text)
		return err
	}))
	t.Logf("%s\nthe slowest took %s", all, all.slowest)
	if *corpus == "testdata/corpus" {
		golden(t, "corpus", all.String())
	}
}
