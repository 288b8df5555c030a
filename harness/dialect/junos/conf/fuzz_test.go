package conf

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// stories adds the sections of the golden files of TestPatch to a corpus.
func stories(f *testing.F, add func(before, patch []byte)) {
	files, err := filepath.Glob("testdata/patch/*.txtar")
	require.NoError(f, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		s := section.Split(string(text), -1)
		add([]byte(s[1]), []byte(s[2]))
	}
}

// Any text is read or refused; what is read can be written and read back.
func FuzzParse(f *testing.F) {
	stories(f, func(before, patch []byte) { f.Add(before); f.Add(patch) })
	f.Add([]byte("set a b\ndeactivate a"))
	f.Add([]byte("groups { G { a { <*> { b; } } } } apply-groups G; a { c { apply-groups-except G; } }"))
	f.Add([]byte("group G { export [ (A||!B) C ]; } as-path P \"(1|2) \\\\d\";"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse("r.conf", text)
		if err != nil {
			return
		}
		c.Root().Leaves()
		again, err := Parse("r.conf", c.Text())
		require.NoError(t, err, "%s", c.Text())
		require.Equal(t, string(c.Text()), string(again.Text()))
		require.Equal(t, statements(c), statements(again))
	})
}

// Any patch is applied or refused, and leaves the configuration it is applied to alone.
func FuzzPatch(f *testing.F) {
	stories(f, func(before, patch []byte) { f.Add(before, patch) })
	f.Fuzz(func(t *testing.T, text, patch []byte) {
		c, err := Parse("r.conf", text)
		if err != nil {
			return
		}
		p, err := ParsePatch("p", patch)
		if err != nil {
			return
		}
		before := string(c.Text())
		after, edited, err := p.ApplyTo(map[string]*Config{"r": c})
		require.Equal(t, before, string(c.Text()))
		if err == nil && len(edited) > 0 {
			_, err := Parse("r.conf", after["r"].Text())
			require.NoError(t, err, "%s", after["r"].Text())
		}
		_, _ = p.Apply(c)
	})
}
