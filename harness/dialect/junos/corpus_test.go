package junos

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

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/place"
)

var corpus = flag.String("corpus", "testdata", "the folder whose files *.conf TestCorpus reads")

// words that stand for what differs from text to text.
var varying = regexp.MustCompile(`"[^"]*"|\S*[\d$]\S*|(policy|term|group|neighbor|community|as-path|prefix-list|policy-statement|apply-groups) [^\s:]+`)

// tally counts what a folder of other people's configurations holds.
type tally struct {
	files, read, policies, unread, sessions, judged int
	slowest                                         time.Duration
	why                                             map[string]int // in how many files
}

func (c *tally) add(t *testing.T, name string, text []byte) {
	start := time.Now()
	defer func() { c.slowest = max(c.slowest, time.Since(start)) }()
	c.files++
	parsed, err := conf.Parse(name, text)
	if err != nil {
		c.because(t, name, "refused", err)
		return
	}
	r, err := Read(parsed)
	if err != nil {
		c.because(t, name, "refused", err)
		return
	}
	c.read++
	c.policies += len(r.Policies)
	for _, u := range r.Unread {
		if u.Kind == "policy-statement" {
			c.unread++
		}
		c.because(t, name, "unread", u.Problems)
	}
	for _, g := range r.Groups {
		for _, n := range g.Neighbors {
			c.sessions++
			if len(n.Problems) == 0 {
				c.judged++
			}
		}
	}
	c.because(t, name, "session", r.Problems())
}

// because counts the problems, each once; each has its place.
func (c *tally) because(t *testing.T, name, what string, err error) {
	var ps place.Problems
	ps.Add(place.Pos{}, err)
	require.True(t, errors.As(err, new(place.Problems)) || errors.As(err, new(place.Problem)), name)
	once := map[string]bool{}
	for _, p := range ps {
		require.Equal(t, name, p.Pos.File)
		if k := what + ": " + varying.ReplaceAllString(p.Text, "*"); !once[k] {
			once[k] = true
			c.why[k]++
		}
	}
}

// Configurations that others wrote are read, or refused with a place and a reason.
func TestCorpus(t *testing.T) {
	t.Parallel()
	c := &tally{why: map[string]int{}}
	require.NoError(t, filepath.WalkDir(*corpus, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || filepath.Ext(path) != ".conf" {
			return err
		}
		text, err := os.ReadFile(path)
		c.add(t, path, text)
		return err
	}))
	var b strings.Builder
	for _, k := range slices.SortedFunc(maps.Keys(c.why), func(a, b string) int { return cmp.Or(cmp.Compare(c.why[b], c.why[a]), cmp.Compare(a, b)) }) {
		fmt.Fprintf(&b, "%5d  %.200s\n", c.why[k], k)
	}
	t.Logf("%d files: %d read, %d refused; of %d policies %d are unread, of %d sessions %d can be judged; the slowest took %s; in how many files:\n%s",
		c.files, c.read, c.files-c.read, c.policies+c.unread, c.unread, c.sessions, c.judged, c.slowest, b.String())
	require.Positive(t, c.read)
}
