package candidate

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// readRevision returns the files below dir as they are in a git revision, in lexical order. It asks the
// git command, without hooks, filters or the user's configuration of a pager; the revision cannot be taken for an option.
func readRevision(dir, rev string) ([]file, error) {
	commit, err := git(dir, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if err != nil {
		return nil, place.Problem{Pos: place.Pos{File: dir}, Text: fmt.Sprintf("no git revision %q here: %s", rev, err)}
	}
	id := strings.TrimSpace(string(commit))
	list, err := git(dir, "ls-tree", "-r", "-z", id, "--", ".")
	if err != nil {
		return nil, place.Problem{Pos: place.Pos{File: dir}, Text: err.Error()}
	}
	var out []file
	var problems place.Problems
	for entry := range strings.SplitSeq(strings.TrimRight(string(list), "\x00"), "\x00") {
		meta, name, ok := strings.Cut(entry, "\t")
		if !ok || strings.HasSuffix(name, ".md") {
			continue
		}
		shown := rev + ":" + filepath.Join(dir, name)
		if !strings.HasPrefix(meta, "100") {
			problems.Addf(place.Pos{File: shown}, "not a regular file")
			continue
		}
		text, err := git(dir, "cat-file", "blob", strings.Fields(meta)[2])
		if err != nil {
			problems.Addf(place.Pos{File: shown}, "%s", err)
		}
		if len(text) > MaxFile || len(out) == MaxFiles {
			problems.Addf(place.Pos{File: shown}, "over the limit of %d MiB a file and %d files", MaxFile>>20, MaxFiles)
			break
		}
		out = append(out, file{name, shown, text})
	}
	if len(out) == 0 && len(problems) == 0 {
		problems.Addf(place.Pos{File: dir}, "git revision %q has no files here", rev)
	}
	return out, problems.Err()
}

func git(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command("git", append([]string{"-C", dir, "--no-pager", "--literal-pathspecs"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && stderr.Len() > 0 {
		first, _, _ := strings.Cut(stderr.String(), "\n")
		return nil, fmt.Errorf("git: %s", first)
	}
	return out, err
}
