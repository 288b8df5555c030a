package conf

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files")

// Each file of testdata/patch is a story: a configuration, a patch, and what comes of it.
func TestPatch(t *testing.T) {
	files, err := filepath.Glob("testdata/patch/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			story := section.Split(string(text), -1) // what it tells, before.conf, patch, want
			require.Len(t, story, 4)
			before, err := Parse("before.conf", []byte(story[1]))
			require.NoError(t, err)
			untouched := string(before.Text())

			got := patched(before, []byte(story[2]))
			require.Equal(t, untouched, string(before.Text()), "a configuration never changes")
			if *update {
				written := text[:len(text)-len(story[3])]
				require.NoError(t, os.WriteFile(file, append(written, got...), 0o644))
				return
			}
			require.Equal(t, story[3], got)
		})
	}
}

var section = regexp.MustCompile(`(?m)^-- [a-z.]+ --\n`)

func patched(before *Config, patch []byte) string {
	p, err := ParsePatch("patch", patch)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	after, err := p.Apply(before)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	return string(after.Text())
}
