package candidate

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// Limits on what is read from a folder, so that no input can exhaust the machine.
const (
	MaxFile   = 16 << 20
	MaxFolder = 64 << 20
	MaxFiles  = 2000
)

// file is one text as it was read: name is relative to its folder, shown is what messages call it.
type file struct {
	name, shown string
	text        []byte
}

// readFolder returns the regular files below dir, hidden ones and Markdown aside, in lexical order. Symbolic
// links, devices and files over the limits are errors; all of them are reported at once.
func readFolder(dir string) ([]file, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, inputError(dir, err)
	}
	defer root.Close()
	var out []file
	var problems place.Problems
	total := int64(0)
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		pos := place.Pos{File: shown(dir, name)}
		switch {
		case err != nil:
			problems.Addf(pos, "%s", cause(err))
		case d.IsDir():
			if name != "." && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
		case passedOver(name):
		case !d.Type().IsRegular():
			problems.Addf(pos, "not a regular file: put the file itself here, links are not followed")
		case len(out) == MaxFiles:
			problems.Addf(place.Pos{File: dir}, "more than %d files", MaxFiles)
			return fs.SkipAll
		default:
			text, err := readLimited(root, name)
			if err != nil {
				problems.Addf(pos, "%s", cause(err))
			} else if total += int64(len(text)); total > MaxFolder {
				problems.Addf(place.Pos{File: dir}, "more than %d MiB in all", MaxFolder>>20)
				return fs.SkipAll
			}
			out = append(out, file{name, pos.File, text})
		}
		return nil
	})
	problems.Add(place.Pos{File: dir}, err)
	return out, problems.Err()
}

// passedOver reports whether a file is none of the policy: Markdown, or hidden by itself or its folder.
func passedOver(name string) bool {
	return strings.HasSuffix(name, ".md") || strings.HasPrefix(name, ".") || strings.Contains(name, "/.")
}

// shown is what messages call the file of that name below dir: quoted if it could be taken for something else in a log.
func shown(dir, name string) string {
	p := filepath.Join(dir, name)
	if q := strconv.Quote(name); strings.HasPrefix(name, ":") || q != `"`+name+`"` {
		return strconv.Quote(p)
	}
	return p
}

// readFile returns the single file at p, which may not be a link.
func readFile(p string) (file, error) {
	info, err := os.Lstat(p)
	if err != nil {
		return file{}, inputError(p, err)
	}
	if !info.Mode().IsRegular() {
		return file{}, place.Problem{Pos: place.Pos{File: p}, Text: "not a regular file: name the file itself, links are not followed"}
	}
	root, err := os.OpenRoot(filepath.Dir(p))
	if err != nil {
		return file{}, inputError(p, err)
	}
	defer root.Close()
	text, err := readLimited(root, filepath.Base(p))
	if err != nil {
		return file{}, inputError(p, err)
	}
	return file{filepath.Base(p), p, text}, nil
}

func readLimited(root *os.Root, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if len(text) > MaxFile {
		return nil, fmt.Errorf("larger than %d MiB: a routing policy is not", MaxFile>>20)
	}
	return text, err
}

// inputError puts the place first and drops the path that the system's message repeats.
func inputError(p string, err error) error {
	return place.Problem{Pos: place.Pos{File: p}, Text: cause(err)}
}

func cause(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return err.Error()
}
