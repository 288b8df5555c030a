package fabric

import (
	"net/netip"
	"regexp"

	"github.com/closlab/closlab/harness/place"
)

// What a fabric may have at most. They bound the work that a stranger's file can cause.
const (
	maxNodes  = 20_000
	maxLinks  = 200_000
	maxRoutes = 1_000_000
)

// Parse reads the text of a fabric.yaml and derives all addresses; equal text gives equal fabrics. file is only
// what messages call it. The error is a place.Problems with everything that is wrong.
func Parse(file string, data []byte) (*Fabric, error) { return build(file, data).result() }

// builder makes a Fabric out of a YAML tree.
type builder struct {
	reader
	f          *Fabric
	names      map[string]name // every name of the file: names are unique across kinds
	selected   map[string][]*Node
	groups     map[string]*group
	homes      map[string][2]netip.Prefix // the first sub-block of a group that a node owns, by family
	neighbours map[string][]string        // linked nodes, in order of links
	ends       map[string][]*Session      // sessions of a node
	linked     map[[2]string]place.Pos    // where a pair was linked
	ownRoutes  int                        // how many were given out
}

// name is what a name of the file names.
type name struct {
	kind string
	pos  place.Pos
}

func build(file string, data []byte) *builder {
	b := &builder{
		reader:     reader{file: file},
		f:          &Fabric{File: file, byName: map[string]*Node{}},
		names:      map[string]name{},
		selected:   map[string][]*Node{},
		groups:     map[string]*group{},
		homes:      map[string][2]netip.Prefix{},
		neighbours: map[string][]string{},
		ends:       map[string][]*Session{},
		linked:     map[[2]string]place.Pos{},
	}
	doc := b.document(data)
	if doc == nil {
		return b
	}
	top := b.mapping(doc, "fabric", "name", "tiers", "prefixes", "links", "colos", "services", "hosts",
		"routes", "announces", "policy", "offered_load", "invariants")
	b.f.Name = b.text(top["name"], "name").text
	if b.f.Name == "" {
		b.addf(doc, "fabric: it has no name: add one as in {name: clos-small}")
	}
	b.prefixGroups(top["prefixes"])
	b.tiers(top["tiers"])
	b.colos(top["colos"])
	b.services(top["services"])
	b.hosts(top["hosts"])
	b.links(top["links"])
	b.derive()
	b.routes(top["routes"])
	b.announces(top["announces"])
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
	return b.f, nil
}

// reserved are the selectors and groups that closlab itself names.
var reserved = map[string]bool{"all": true, "routers": true, "servers": true, "hosts": true, "services": true,
	siteLocal: true, anycast: true}

var nameForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,62}$`)

// claim takes a name for something of a kind; it reports whether the name is good and was free.
func (b *builder) claim(w word, kind string) bool {
	prev, taken := b.names[w.text]
	switch {
	case !nameForm.MatchString(w.text):
		b.problems.Addf(w.pos, "%s %q: a name is a letter and at most 62 more letters, digits, \"-\", \"_\" or \".\"", kind, w.text)
	case reserved[w.text]:
		b.problems.Addf(w.pos, "%s %q: closlab itself uses this name: choose another", kind, w.text)
	case taken:
		b.problems.Addf(w.pos, "%s %q: the name is taken by the %s of line %d", kind, w.text, prev.kind, prev.pos.Line)
	default:
		b.names[w.text] = name{kind, w.pos}
		return true
	}
	return false
}

// add puts a node into the fabric.
func (b *builder) add(n *Node) {
	b.f.Nodes = append(b.f.Nodes, n)
	b.f.byName[n.Name] = n
}

// room reports whether the fabric may have count more nodes.
func (b *builder) room(count int, what string, pos place.Pos) bool {
	if len(b.f.Nodes)+count > maxNodes {
		b.problems.Addf(pos, "%s: a fabric has at most %d nodes", what, maxNodes)
		return false
	}
	return true
}
