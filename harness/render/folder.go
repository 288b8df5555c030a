package render

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/clab"
	"github.com/closlab/closlab/harness/fabric"
)

// list is the file in a rendered folder that names all others which were rendered, so that they can be rendered anew.
const list = ".closlab-render"

// Folder renders a fabric for containerlab into a folder and returns the name of the topology's file.
func Folder(dir string, f *fabric.Fabric, opt Options) (string, error) {
	t, files, err := Topology(f, opt)
	if err != nil {
		return "", err
	}
	text, err := t.YAML()
	if err != nil {
		return "", err
	}
	top := clab.File{Path: f.Name + ".clab.yml", Text: text}
	all := []clab.File{top}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		all = append(all, files[name]...)
	}
	return top.Path, write(dir, all)
}

// ClabernetesFolder renders a fabric for clabernetes into a folder and returns the name of the only file.
func ClabernetesFolder(dir string, f *fabric.Fabric, opt Options) (string, error) {
	text, err := Clabernetes(f, opt)
	if err != nil {
		return "", err
	}
	top := clab.File{Path: f.Name + ".clabernetes.yaml", Text: text}
	return top.Path, write(dir, []clab.File{top})
}

// write writes files into a folder, which it makes, in place of those that were rendered into it before. What else is in there stays, as
// containerlab's own folder does. A folder that has files, but none that was rendered, is an error, and then nothing is changed.
func write(dir string, files []clab.File) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir) // no name leads out of it
	if err != nil {
		return err
	}
	defer root.Close()
	if err := unrender(root, dir); err != nil {
		return err
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Path)
	}
	files = append([]clab.File{{Path: list, Text: []byte(strings.Join(names, "\n") + "\n")}}, files...) // first: what is cut short can be rendered anew
	for _, f := range files {
		if err := root.MkdirAll(path.Dir(f.Path), 0o755); err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		if err := root.WriteFile(f.Path, f.Text, 0o644); err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
	}
	return nil
}

// unrender removes what was rendered into a folder before.
func unrender(root *os.Root, dir string) error {
	text, err := root.ReadFile(list)
	if errors.Is(err, fs.ErrNotExist) {
		entries, err := os.ReadDir(dir)
		if err == nil && len(entries) > 0 {
			err = fmt.Errorf("%s: not empty, and closlab did not render it: name another folder", dir)
		}
		return err
	}
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	for _, name := range strings.Fields(string(text)) {
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: %w", dir, err)
		}
		root.Remove(path.Dir(name)) // if it is empty now
	}
	return nil
}
