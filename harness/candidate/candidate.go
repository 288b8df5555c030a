package candidate

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos"
	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// Candidate is a proposed change of the routers' text, and the fabric that comes of it.
type Candidate struct {
	Path     string
	Why      string
	Files    []string            // policy files that change, sorted
	Order    []string            // nodes that change, in the order they are to
	Waives   []string            // invariants it breaks on purpose
	Promises []*fabric.Invariant // what else must hold once it is in
	After    *fabric.Fabric      // the fabric with the candidate on every node of Order

	Unjudged place.Problems // what it changes that closlab does not judge

	Configs map[string]*junos.Config // by file name, as it would be
}

// With reads the candidate at path: a folder whose files replace those of the same name or are patches, or one such
// file. A candidate that changes nothing is an error, as is everything in it that does not fit the baseline.
func (b *Base) With(path string) (*Candidate, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, inputError(path, err)
	}
	var files []file
	if info.IsDir() {
		files, err = readFolder(path)
	} else {
		var one file
		one, err = readFile(path)
		files = []file{one}
	}
	if err != nil {
		return nil, err
	}
	return b.with(path, files)
}

// WithWorkingCopy is With for the policy folder as it lies on disk: what changed since the revision that b was loaded at.
func (b *Base) WithWorkingCopy() (*Candidate, error) {
	files, err := readFolder(b.dir)
	if err != nil {
		return nil, err
	}
	c, err := b.with(b.dir, files)
	if err != nil {
		return nil, err
	}
	for name := range b.texts {
		if !slices.ContainsFunc(files, func(x file) bool { return x.name == name }) {
			return nil, place.Problem{Pos: place.Pos{File: filepath.Join(b.dir, name)}, Text: "removed: closlab cannot judge a router without its text"}
		}
	}
	return c, nil
}

func (b *Base) with(path string, files []file) (*Candidate, error) {
	c := &Candidate{Path: path}
	var notes *fabric.Notes
	var problems place.Problems
	texts := make(map[string]*conf.Config, len(b.texts))
	for name, t := range b.texts {
		texts[name] = t
	}
	for _, x := range files {
		var err error
		switch {
		case x.name == "candidate.yaml":
			notes, err = b.Fabric.ParseNotes(x.shown, x.text)
		case b.texts[x.name] != nil:
			texts[x.name], err = parse(x)
		case isPatch(x):
			texts, err = applyPatch(texts, x)
		default:
			err = fmt.Errorf("replaces nothing, and is no patch (.patch, .diff, .set): %s", b.names())
		}
		problems.Add(place.Pos{File: x.shown}, err)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	for _, name := range sortedKeys(texts) {
		if !bytes.Equal(texts[name].Text(), b.texts[name].Text()) {
			c.Files = append(c.Files, name)
		}
	}
	if len(c.Files) == 0 {
		return nil, place.Problem{Pos: place.Pos{File: path}, Text: "changes nothing: every statement of it is in the baseline already"}
	}
	if err := b.compile(c, texts); err != nil {
		return nil, err
	}
	if err := b.roll(c, notes); err != nil {
		return nil, err
	}
	c.Unjudged = b.unjudged(c, texts)
	return c, nil
}

// compile reads the changed texts; the others are the baseline's.
func (b *Base) compile(c *Candidate, texts map[string]*conf.Config) error {
	changed := map[string]*conf.Config{}
	for _, name := range c.Files {
		changed[name] = texts[name]
	}
	read, err := readAll(changed)
	if err != nil {
		return err
	}
	var problems place.Problems
	for _, name := range c.Files {
		problems.Add(place.Pos{File: name}, b.sameMultipath(name, read[name]))
	}
	if err := problems.Err(); err != nil {
		return err
	}
	c.Configs = map[string]*junos.Config{}
	for name, old := range b.Configs {
		c.Configs[name] = old
		if read[name] != nil {
			c.Configs[name] = read[name]
		}
	}
	return nil
}

// sameMultipath refuses a change of what a group's multipath statement says: the fabric balances over all equal paths, always.
func (b *Base) sameMultipath(name string, now *junos.Config) error {
	for _, old := range b.Configs[name].Groups {
		g := group(now, old.Name)
		if g != nil && (g.Multipath != old.Multipath || g.MultipleAS != old.MultipleAS) {
			return place.Problem{Pos: g.Pos, Text: fmt.Sprintf("group %s: a change of multipath is not modelled: judge it apart", g.Name)}
		}
	}
	return nil
}

// roll decides which nodes change in which order, and binds the fabric that comes of it.
func (b *Base) roll(c *Candidate, n *fabric.Notes) error {
	uses := map[string]bool{}
	for _, s := range b.Fabric.Sessions {
		for _, bind := range s.Binding {
			if bind != nil && slices.Contains(c.Files, bind.File) {
				uses[s.Node] = true
			}
		}
	}
	if len(uses) == 0 {
		return place.Problem{Pos: place.Pos{File: c.Path}, Text: fmt.Sprintf("no router of %s runs %s", b.Fabric.Name, strings.Join(c.Files, ", "))}
	}
	for _, node := range b.Fabric.Nodes {
		if uses[node.Name] {
			c.Order = append(c.Order, node.Name)
		}
	}
	if err := c.note(n); err != nil {
		return err
	}
	c.After = b.Fabric.Clone()
	return bind(c.After, func(node string) map[string]*junos.Config {
		if slices.Contains(c.Order, node) {
			return c.Configs
		}
		return b.Configs
	})
}

// Lint returns the findings about the candidate's changed files, ordered by place.
func (c *Candidate) Lint() []junos.Finding {
	var out []junos.Finding
	for _, name := range c.Files {
		out = append(out, c.Configs[name].Lint()...)
	}
	return out
}
