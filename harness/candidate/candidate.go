package candidate

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// Candidate is a proposed change of the routers' text, and the fabric that comes of it.
type Candidate struct {
	Path     string
	Why      string
	Files    []string            // policy files that change, sorted
	Order    []string            // nodes that change, in the order they are to
	LeftOut  []string            // nodes that run a changed file and are to keep what they have
	Waives   []string            // invariants it breaks on purpose
	Promises []*fabric.Invariant // what else must hold once it is in
	Images   []Image             // of routers that are to have another one, in fabric order
	After    *fabric.Fabric      // the fabric with the candidate on every node of Order

	Unjudged place.Problems // what it changes that closlab does not judge

	Configs map[string]*Config // by file name, as it would be
	texts   map[string]*text
}

// With reads the candidate at path: a folder whose files replace those of the same name or are patches, or one such
// file. A candidate that changes nothing is an error, as is everything in it that does not fit the baseline.
func (b *Base) With(path string) (*Candidate, error) {
	info, err := os.Lstat(filepath.Clean(path))
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
	files, err := b.workingCopy()
	if err != nil {
		return nil, err
	}
	var problems place.Problems
	there := map[string]bool{}
	for _, x := range files {
		there[x.name] = true
		if b.texts[x.name] == nil {
			problems.Addf(place.Pos{File: x.shown}, "new: closlab judges changes of the texts that the baseline has")
		}
	}
	for _, name := range sortedKeys(b.texts) {
		if !there[name] {
			problems.Addf(place.Pos{File: shown(b.dir, name)}, "removed: closlab cannot judge a router without its text")
		}
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return b.with(b.dir, files)
}

func (b *Base) with(path string, files []file) (*Candidate, error) {
	c := &Candidate{Path: path, Files: []string{}}
	var notes *fabric.Notes
	var patches []file
	var problems place.Problems
	texts := make(map[string]*text, len(b.texts))
	for name, t := range b.texts {
		texts[name] = t
	}
	for _, x := range files {
		switch {
		case x.name == "candidate.yaml" && len(x.text) > fabric.MaxFile:
			problems.Addf(place.Pos{File: x.shown}, "larger than %d bytes", fabric.MaxFile)
		case x.name == "candidate.yaml":
			var err error
			notes, err = b.Fabric.ParseNotes(x.shown, x.text)
			problems.Add(place.Pos{File: x.shown}, err)
		case b.texts[x.name] != nil:
			t, err := parseAs(x, b.texts[x.name])
			problems.Add(place.Pos{File: x.shown}, err)
			if err == nil {
				texts[x.name] = t
			}
		case !isPatch(x):
			problems.Addf(place.Pos{File: x.shown}, "replaces nothing, and is no patch (%s): %s", strings.Join(patchEnds, ", "), b.names())
		case b.misses(x):
			problems.Addf(place.Pos{File: x.shown}, "a patch of a file that is not there: %s", b.names())
		default:
			patches = append(patches, x)
		}
	}
	for _, x := range patches { // what replaces a file comes first, whatever the names
		var err error
		texts, err = applyPatch(texts, x)
		problems.Add(place.Pos{File: x.shown}, err)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	for _, name := range sortedKeys(texts) {
		if !texts[name].same(b.texts[name]) {
			c.Files = append(c.Files, name)
		}
	}
	if len(files) == 0 {
		return nil, place.Problem{Pos: place.Pos{File: path}, Text: "no policy file and no patch is in it: hidden files and Markdown do not count"}
	}
	if c.Images = b.images(notes); len(c.Files)+len(c.Images) == 0 {
		return nil, place.Problem{Pos: place.Pos{File: path}, Text: "changes nothing: every statement of it is in the baseline already"}
	}
	if err := b.compile(c, texts); err != nil {
		return nil, err
	}
	if err := b.roll(c, notes); err != nil {
		return nil, err
	}
	redrawn, err := b.redrawn(texts)
	if err != nil {
		return nil, err
	}
	c.texts = texts
	c.Unjudged = slices.Concat(b.unjudged(c, texts), redrawn, b.moved)
	return c, nil
}

// compile reads the changed texts; the others are the baseline's.
func (b *Base) compile(c *Candidate, texts map[string]*text) error {
	changed := map[string]*text{}
	for _, name := range c.Files {
		changed[name] = texts[name]
	}
	read, err := readAll(changed)
	if err != nil {
		return err
	}
	c.Configs = map[string]*Config{}
	for name, old := range b.Configs {
		c.Configs[name] = old
		if read[name] != nil {
			c.Configs[name] = read[name]
		}
	}
	return nil
}

// Lint returns the findings about the candidate's changed files, ordered by place.
func (c *Candidate) Lint() []place.Finding {
	var out []place.Finding
	for _, name := range c.Files {
		out = append(out, c.Configs[name].Lint()...)
	}
	return out
}
