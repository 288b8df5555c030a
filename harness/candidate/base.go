package candidate

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// Base is a fabric with its routers' text: what is in production. It is never changed.
type Base struct {
	Fabric  *fabric.Fabric     // its sessions have their policies
	Configs map[string]*Config // by file name

	dir   string // the policy folder
	texts map[string]*text
	lab   *lab           // what it was drawn from; nil if from a fabric.yaml
	moved place.Problems // what changed beside the policies
}

// Load reads the fabric in dir and the text in its policy folder, and binds the one to the other; or it draws the fabric of a containerlab topology,
// which is that file or the only one in dir. Its error lists every problem with file and line.
func Load(dir string) (*Base, error) {
	topology, err := Topology(dir)
	switch {
	case err != nil:
		return nil, err
	case topology != "":
		return loadLab(topology, onDisk)
	}
	f, err := fabric.Load(dir)
	if err != nil {
		return nil, err
	}
	return load(dir, f, readFolder)
}

// LoadAt is Load with everything as it was in a git revision. If fabric.yaml has changed since, a candidate is judged by the
// invariants of then, and Unjudged says so: a change cannot loosen what it is judged by.
func LoadAt(dir, revision string) (*Base, error) {
	topology, err := Topology(dir)
	switch {
	case err != nil:
		return nil, err
	case topology != "":
		return labAt(topology, revision)
	}
	now, err := fabric.Load(dir)
	if err != nil {
		return nil, err
	}
	then, err := readRevisionFile(dir, revision, fabric.FileName)
	if err != nil {
		return nil, err
	}
	f, err := fabric.Parse(then.shown, then.text)
	if err != nil {
		return nil, err
	}
	b, err := load(dir, f, func(policies string) ([]file, error) { return readRevision(policies, revision) })
	if err == nil && !now.SameText(f) {
		b.moved.Addf(place.Pos{File: now.File}, "differs from %s, which the candidate is judged by: closlab does not judge a change of the fabric itself", then.shown)
	}
	return b, err
}

func load(dir string, f *fabric.Fabric, read func(string) ([]file, error)) (*Base, error) {
	b := &Base{dir: filepath.Join(dir, "policy"), texts: map[string]*text{}}
	files, err := read(b.dir)
	if err != nil {
		return nil, err
	}
	var problems place.Problems
	for _, x := range files {
		c, err := parse(x)
		problems.Add(place.Pos{File: x.shown}, err)
		b.texts[x.name] = c
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if b.Configs, err = readAll(b.texts); err != nil {
		return nil, err
	}
	b.Fabric = f.Clone()
	return b, bind(b.Fabric, func(string) map[string]*Config { return b.Configs })
}

// ReadPolicy reads one policy file outside any fabric.
func ReadPolicy(path string) (*Config, error) {
	x, err := readFile(path)
	if err != nil {
		return nil, err
	}
	c, err := parse(x)
	if err != nil {
		return nil, err
	}
	return c.read()
}

// readAll compiles every text; all problems of all files come at once.
func readAll(texts map[string]*text) (map[string]*Config, error) {
	out := make(map[string]*Config, len(texts))
	var problems place.Problems
	for _, name := range sortedKeys(texts) {
		c, err := texts[name].read()
		problems.Add(place.Pos{File: texts[name].shown}, err)
		out[name] = c
	}
	return out, problems.Err()
}

// Lint returns what is suspicious in the text, ordered by place.
func (c *Config) Lint() []place.Finding { return c.lint() }

// Lint returns what the baseline's policies should be warned about, ordered by place.
func (b *Base) Lint() []place.Finding {
	var out []place.Finding
	for _, name := range sortedKeys(b.Configs) {
		out = append(out, b.Configs[name].Lint()...)
	}
	if b.lab != nil {
		out = append(b.lab.lasting(out), b.lab.Notes...)
	}
	return out
}

// Passed returns the constructs that were passed over because they cannot change a decision.
func (b *Base) Passed() place.Problems {
	var out place.Problems
	for _, name := range sortedKeys(b.Configs) {
		out = append(out, b.Configs[name].Passed...)
	}
	if b.lab != nil {
		out = append(out, b.lab.top.Passed...)
	}
	return out
}

// names lists the policy files, for messages.
func (b *Base) names() string {
	return fmt.Sprintf("%s has %s", b.dir, strings.Join(sortedKeys(b.texts), ", "))
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
