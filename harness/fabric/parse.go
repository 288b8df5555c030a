package fabric

import (
	"bytes"
	"maps"
	"net/netip"
	"regexp"

	"github.com/closlab/closlab/harness/place"
	"go.yaml.in/yaml/v3"
)

// What a fabric may have at most. They bound the work that a stranger's file can cause.
const (
	maxNodes  = 20_000
	maxLinks  = 200_000
	maxRoutes = 1_000_000
	maxSteps  = 20_000_000 // nodes and sessions looked at for all the lists of the file together
)

// Parse reads the text of a fabric.yaml and derives all addresses; equal text gives equal fabrics. file is only
// what messages call it. The error is a place.Problems with everything that is wrong.
func Parse(file string, data []byte) (*Fabric, error) { return build(file, data).result() }

// SameText reports whether two fabrics were parsed from the same text.
func (f *Fabric) SameText(o *Fabric) bool { return bytes.Equal(f.source, o.source) }

// builder makes a Fabric out of a YAML tree.
type builder struct {
	reader
	f          *Fabric
	names      map[string]name // every name of the file: names are unique across kinds
	selected   map[string][]*Node
	groups     map[string]*group       // declared ones
	prefixesOf map[string]*PrefixGroup // all of them
	coloOf     map[string]*Colo
	homes      map[string][2]netip.Prefix // the first sub-block of a group that a node owns, by family
	neighbours map[string][]string        // linked nodes, in order of links
	ends       map[string][]*Session      // sessions of a node
	linked     map[[2]string]place.Pos    // where a pair was linked
	again      func() *builder            // builds the same once more
	steps      int
	ownRoutes  int // how many were given out
}

// name is what a name of the file names.
type name struct {
	kind string
	pos  place.Pos
}

// newBuilder returns one of an empty fabric.
func newBuilder(file string, source []byte) *builder {
	return &builder{
		reader:     reader{file: file},
		f:          &Fabric{File: file, byName: map[string]*Node{}, source: source},
		names:      maps.Clone(reserved),
		selected:   map[string][]*Node{},
		groups:     map[string]*group{},
		prefixesOf: map[string]*PrefixGroup{},
		coloOf:     map[string]*Colo{},
		homes:      map[string][2]netip.Prefix{},
		neighbours: map[string][]string{},
		ends:       map[string][]*Session{},
		linked:     map[[2]string]place.Pos{},
	}
}

func build(file string, data []byte) *builder {
	b := newBuilder(file, data)
	b.again = func() *builder { return build(file, data) }
	doc := b.document(data)
	if doc == nil {
		return b
	}
	top := b.mapping(doc, "fabric", "name", "tiers", "prefixes", "links", "colos", "services", "hosts",
		"routes", "announces", "policy", "offered_load", "invariants")
	b.f.Name = b.label(doc, top["name"], "fabric")
	b.prefixGroups(top["prefixes"])
	b.tiers(top["tiers"])
	b.colos(top["colos"])
	b.services(top["services"])
	b.hosts(top["hosts"])
	b.links(top["links"])
	b.derive()
	b.routes(top["routes"])
	b.announces(top["announces"])
	b.natives()
	b.policies(top["policy"])
	b.f.Offered = b.number(top["offered_load"], "offered_load", 1)
	b.invariants(top["invariants"])
	return b
}

// result returns the fabric if nothing was wrong.
func (b *builder) result() (*Fabric, error) {
	if err := b.problems.Err(); err != nil {
		return nil, err
	}
	b.f.again = b.again
	return b.f, nil
}

// reserved are the names that closlab itself gives, and what it names with them.
var reserved = map[string]name{
	"all": {kind: "selector"}, "routers": {kind: "selector"}, "servers": {kind: "selector"}, "hosts": {kind: "selector"},
	"services": {kind: "selector"}, siteLocal: {kind: "prefix group"}, anycast: {kind: "prefix group"},
}

var nameForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,62}$`)

// claim takes a name for something of a kind; it reports whether the name is good and was free.
func (b *builder) claim(w word, kind string) bool {
	prev, taken := b.names[w.text]
	switch {
	case !nameForm.MatchString(w.text):
		b.badName(w, kind)
	case taken && prev.pos.Line == 0:
		b.problems.Addf(w.pos, "%s %q: closlab itself uses this name: choose another", kind, w.text)
	case taken:
		b.problems.Addf(w.pos, "%s %q: the name is taken by the %s of line %d", kind, w.text, prev.kind, prev.pos.Line)
	default:
		b.names[w.text] = name{kind, w.pos}
		return true
	}
	return false
}

// label returns the name of a fabric or an invariant; names of this sort may be those of other things.
func (b *builder) label(of, n *yaml.Node, what string) string {
	if n == nil {
		b.addf(of, "%s: it has no name", what)
		return ""
	}
	w := b.text(n, what+": name")
	if w.text != "" && !nameForm.MatchString(w.text) {
		b.badName(w, what)
		return ""
	}
	return w.text
}

func (b *builder) badName(w word, kind string) {
	b.problems.Addf(w.pos, "%s %q: a name is a letter and at most 62 more letters, digits, \"-\", \"_\" or \".\"", kind, w.text)
}

// add puts a node into the fabric.
func (b *builder) add(n *Node) {
	b.f.Nodes = append(b.f.Nodes, n)
	b.f.byName[n.Name] = n
}

// roomForNodes reports whether the fabric may have count more nodes.
func (b *builder) roomForNodes(count int, what string, pos place.Pos) bool {
	if len(b.f.Nodes)+count > maxNodes {
		b.problems.Addf(pos, "%s: a fabric has at most %d nodes", what, maxNodes)
		return false
	}
	return true
}

// spend counts steps of work; it reports whether there was room for them.
func (b *builder) spend(steps int, pos place.Pos) bool {
	before := b.steps
	b.steps += steps
	if b.steps > maxSteps && before <= maxSteps {
		b.problems.Addf(pos, "fabric: too large: from here on its lists mean more nodes and sessions than closlab looks at (%d)", maxSteps)
	}
	return b.steps <= maxSteps
}
