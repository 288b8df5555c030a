// Package scenarios_test holds the stories to what their README.md files say.
package scenarios_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	_ "github.com/closlab/closlab/harness/labtest" // for the -lab flag, which all packages below are given
)

// stepText is what a test gives to Step.
var stepText = regexp.MustCompile(`lab\.Step\("(.*)"\)`)

func TestEveryStoryIsToldToPeople(t *testing.T) {
	t.Parallel()
	index := read(t, "README.md")
	tests, err := filepath.Glob("*/*_test.go")
	require.NoError(t, err)
	require.NotEmpty(t, tests)
	for _, file := range tests {
		story := filepath.Dir(file)
		readme := read(t, filepath.Join(story, "README.md"))
		require.Contains(t, index, "("+story+"/README.md)", "the index lists the story")
		require.Contains(t, readme, "# "+story+"\n")
		require.Contains(t, readme, "go test -v ./scenarios/"+story)
		rest := readme
		for _, step := range stepText.FindAllStringSubmatch(read(t, file), -1) {
			at := strings.Index(rest, "*"+step[1]+"*")
			require.GreaterOrEqual(t, at, 0, "%s: step %q is not in its place in %s/README.md", file, step[1], story)
			rest = rest[at:]
		}
	}
}

// A candidate of a README's commands is there.
func TestCommandsNameWhatIsThere(t *testing.T) {
	t.Parallel()
	readmes, err := filepath.Glob("*/README.md")
	require.NoError(t, err)
	named := regexp.MustCompile(`bin/closlab \w+ (\S+) --candidate (\S+)`)
	for _, file := range readmes {
		commands := named.FindAllStringSubmatch(read(t, file), -1)
		require.NotEmpty(t, commands, file)
		for _, c := range commands {
			for _, path := range c[1:] {
				require.DirExists(t, filepath.Join("..", path), file)
			}
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}
