package candidate

import (
	"bytes"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// readRevision returns the files below dir as they are in a git revision, in lexical order. It asks the
// git command, without hooks, filters or the user's configuration of a pager; the revision cannot be taken for an option, and
// a bare repository that somebody put below dir is not taken for the repository.
func readRevision(dir, rev string) ([]file, error) {
	commit, err := git(dir, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if err != nil {
		return nil, place.Problem{Pos: place.Pos{File: dir}, Text: fmt.Sprintf("no git revision %q here: %s", rev, err)}
	}
	id := strings.TrimSpace(string(commit))
	list, err := git(dir, "ls-tree", "-r", "-l", "-z", id, "--", ".")
	if err != nil {
		return nil, place.Problem{Pos: place.Pos{File: dir}, Text: err.Error()}
	}
	var out []file
	var problems place.Problems
	for entry := range strings.SplitSeq(strings.TrimRight(string(list), "\x00"), "\x00") {
		meta, name, ok := strings.Cut(entry, "\t")
		if !ok || passedOver(name) {
			continue
		}
		pos := place.Pos{File: rev + ":" + shown(dir, name)}
		words := strings.Fields(meta) // mode, type, object, size in bytes
		if !strings.HasPrefix(meta, "100") || len(words) != 4 {
			problems.Addf(pos, "not a regular file")
			continue
		}
		if size, _ := strconv.Atoi(words[3]); size > MaxFile || len(out) == MaxFiles {
			problems.Addf(pos, "over the limit of %d MiB a file and %d files", MaxFile>>20, MaxFiles)
			break
		}
		text, err := git(dir, "cat-file", "blob", words[2])
		if err != nil {
			problems.Addf(pos, "%s", err)
		}
		out = append(out, file{name, pos.File, text})
	}
	if len(out) == 0 && len(problems) == 0 {
		problems.Addf(place.Pos{File: dir}, "git revision %q has no files here", rev)
	}
	return out, problems.Err()
}

func git(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "safe.bareRepository=explicit", "--no-pager", "--literal-pathspecs"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && stderr.Len() > 0 {
		first, _, _ := strings.Cut(stderr.String(), "\n")
		return nil, fmt.Errorf("git: %s", first)
	}
	return out, err
}
