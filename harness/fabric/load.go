package fabric

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/closlab/closlab/harness/place"
)

// Name of the file that describes a fabric, and of the folder with its routers' policy text.
const (
	FileName     = "fabric.yaml"
	PolicyFolder = "policy"
)

// MaxFile is the largest fabric.yaml that is read, in bytes.
const MaxFile = 1 << 20

// Load reads the fabric in folder dir and derives its addresses. It also looks whether the policy files exist, but
// does not read them. Nothing outside dir is read: a symbolic link that leaves it is an error. The error is a
// place.Problems with everything that is wrong.
func Load(dir string) (*Fabric, error) {
	pos := place.Pos{File: filepath.ToSlash(filepath.Join(dir, FileName))}
	var problems place.Problems
	root, err := os.OpenRoot(dir)
	if err != nil {
		problems.Addf(place.Pos{File: dir}, "no folder with a fabric: %s", cause(err))
		return nil, problems.Err()
	}
	defer root.Close()
	data, err := read(root)
	if err != nil {
		problems.Add(pos, err)
		return nil, problems.Err()
	}
	b := build(pos.File, data)
	b.f.Dir = dir
	b.policyFiles(root)
	return b.result()
}

// read returns the bytes of the fabric.yaml in root.
func read(root *os.Root) ([]byte, error) {
	if err := regular(root, FileName); err != nil {
		return nil, err
	}
	f, err := root.Open(FileName)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err == nil && len(data) > MaxFile {
		err = fmt.Errorf("larger than %d bytes", MaxFile)
	}
	return data, err
}

// regular returns why name is not a file inside root, or nil.
func regular(root *os.Root, name string) error {
	info, err := root.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	return cause(err)
}

// policyFiles reports policy files that are not there.
func (b *builder) policyFiles(root *os.Root) {
	seen := map[string]bool{}
	for _, s := range b.f.Sessions {
		for _, bind := range s.Binding {
			if bind == nil || seen[bind.File] {
				continue
			}
			seen[bind.File] = true
			if err := regular(root, path.Join(PolicyFolder, bind.File)); err != nil {
				b.problems.Addf(bind.Pos, "policy file %q: %s", path.Join(PolicyFolder, bind.File), err)
			}
		}
	}
}

// cause strips the operation and the path that the os package puts in front of an error.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
