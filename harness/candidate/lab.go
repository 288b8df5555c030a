package candidate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/clab"
	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/survey"
)

// lab is a base that was drawn from a containerlab topology.
type lab struct {
	*survey.Lab
	top   *clab.Topology
	text  []byte // of the topology
	below string // where the topology is in the lab's folder
	open  opener // of what stands beside the policies
}

// opener reads a file below a folder.
type opener func(name string) (file, error)

// Topology returns the containerlab topology that a path means: a file, or the only one of a folder without a fabric.yaml. It is "" if the path
// means none.
func Topology(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", nil
	}
	if !info.IsDir() {
		ends := slices.ContainsFunc([]string{".yml", ".yaml", ".gotmpl"}, func(end string) bool { return strings.HasSuffix(path, end) })
		if ends && !isGoBGP(path) && filepath.Base(path) != fabric.FileName {
			return path, nil
		}
		return "", nil
	}
	if _, err := os.Lstat(filepath.Join(path, fabric.FileName)); err == nil {
		return "", nil
	}
	var found []string
	for _, end := range []string{".clab.yml", ".clab.yaml"} {
		names, _ := filepath.Glob(filepath.Join(glob(path), "*"+end))
		found = append(found, names...)
	}
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return found[0], nil
	}
	return "", place.Problem{Pos: place.Pos{File: path}, Text: "it has no fabric.yaml and several topologies: name one of " + strings.Join(found, ", ")}
}

// glob quotes a path for filepath.Glob.
func glob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// onDisk reads files of a folder as they lie there.
func onDisk(dir string) opener {
	return func(name string) (file, error) {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return file{}, inputError(dir, err)
		}
		defer root.Close()
		info, err := root.Stat(filepath.FromSlash(name))
		if err == nil && !info.Mode().IsRegular() {
			err = errors.New("not a regular file")
		}
		if err != nil {
			return file{}, err
		}
		text, err := readLimited(root, filepath.FromSlash(name))
		return file{name, shown(dir, name), text}, err
	}
}

// loadLab draws the network of a topology, and binds its routers' configurations to it. in returns what reads a folder.
func loadLab(topology string, in func(dir string) opener) (*Base, error) {
	dir := filepath.Dir(topology)
	x, err := in(dir)(filepath.Base(topology))
	if err != nil {
		return nil, inputError(topology, err)
	}
	top, err := clab.Read(x.shown, x.text)
	if err != nil {
		return nil, err
	}
	whole, below := labFolder(dir, top)
	open := in(whole)
	b := &Base{dir: whole, texts: map[string]*text{}, lab: &lab{top: top, text: x.text, below: below, open: open}}
	if b.lab.Lab, err = b.lab.draw(nil); err != nil {
		return nil, err
	}
	for _, name := range b.lab.Files {
		x, err := open(name)
		if err != nil {
			return nil, inputError(name, err)
		}
		b.texts[name] = &text{file: x, frr: frr.Parse(x.shown, x.text)}
	}
	statement, err := open(path.Join(below, fabric.StatementName))
	if errors.Is(err, fs.ErrNotExist) {
		statement, err = file{shown: filepath.Join(dir, fabric.StatementName)}, nil
	}
	if err != nil {
		return nil, inputError(filepath.Join(dir, fabric.StatementName), err)
	}
	f, err := fabric.Draw(b.plan(), statement.shown, statement.text)
	if err != nil {
		return nil, err
	}
	if b.Configs, err = readAll(b.texts); err != nil {
		return nil, err
	}
	b.Fabric = f.Clone()
	return b, bind(b.Fabric, func(string) map[string]*Config { return b.Configs })
}

func (b *Base) plan() fabric.Plan {
	p := b.lab.Plan
	p.Dir = b.dir
	return p
}

// draw returns the network with texts in place of those of the same names.
func (l *lab) draw(texts map[string]*text) (*survey.Lab, error) {
	return survey.Draw(l.top, l.text, l.below, func(name string) (string, []byte, error) {
		if t := texts[name]; t != nil {
			return t.shown, t.frr.Bytes(), nil
		}
		x, err := l.open(name)
		if err != nil {
			return "", nil, errors.New(cause(err))
		}
		return x.shown, x.text, nil
	})
}

// redrawn returns what a candidate makes of the network beside its policies.
func (b *Base) redrawn(texts map[string]*text) (place.Problems, error) {
	if b.lab == nil {
		return nil, nil
	}
	is, err := b.lab.draw(texts)
	if err != nil {
		return nil, err
	}
	return b.lab.Differs(is), nil
}

// labAt is loadLab with everything as it was in a git revision. If the topology or what must hold has changed since, Unjudged says so.
func labAt(topology, revision string) (*Base, error) {
	now, err := loadLab(topology, onDisk)
	if err != nil {
		return nil, err
	}
	b, err := loadLab(topology, func(dir string) opener {
		return func(name string) (file, error) {
			x, err := readRevisionFile(dir, revision, name)
			if err != nil && path.Base(name) == fabric.StatementName {
				return x, fs.ErrNotExist
			}
			return x, err
		}
	})
	if err == nil && !now.Fabric.SameText(b.Fabric) {
		b.moved.Addf(place.Pos{File: now.Fabric.File}, "it or %s differs from %s, which the candidate is judged by: closlab does not judge a change of the network itself", fabric.StatementName, revision)
	}
	return b, err
}

// workingCopy returns the policy files as they lie on disk.
func (b *Base) workingCopy() ([]file, error) {
	if b.lab == nil {
		return readFolder(b.dir)
	}
	var out []file
	var problems place.Problems
	for _, name := range sortedKeys(b.texts) {
		x, err := onDisk(b.dir)(name)
		if err == nil {
			out = append(out, x)
		} else if !errors.Is(err, fs.ErrNotExist) {
			problems.Addf(place.Pos{File: shown(b.dir, name)}, "%s", cause(err))
		}
	}
	return out, problems.Err()
}

// lasting returns the findings without those about what a lab drawn from its routers' own configurations does as they do.
func (l *lab) lasting(all []place.Finding) []place.Finding {
	return slices.DeleteFunc(all, func(f place.Finding) bool { return f.Rule == "multipath" })
}

// Judgeable returns why no verdict can be given on the fabric: nothing says what must hold on it. A fabric.yaml without invariants is one that its author wanted so.
func (b *Base) Judgeable() error {
	if b.lab == nil || len(b.Fabric.Invariants) > 0 {
		return nil
	}
	return place.Problem{Pos: place.Pos{File: b.lab.top.File}, Text: fmt.Sprintf("nothing says what must hold: write invariants into %[2]s, or have those written that hold now, and review them: closlab lab record %[1]s -o %[2]s",
		b.lab.top.File, filepath.Join(b.dir, b.lab.below, fabric.StatementName))}
}

// Doubts returns how many warnings there are about how a lab was drawn; 0 for a fabric.yaml.
func (b *Base) Doubts() int {
	if b.lab == nil {
		return 0
	}
	count := 0
	for _, n := range b.lab.Notes {
		if n.Severity == place.Warning {
			count++
		}
	}
	return count
}
