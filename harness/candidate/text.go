package candidate

import (
	"bytes"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/place"
)

// text is a policy file in the shape of its language, before anybody asks what it means.
type text struct {
	file
	junos *conf.Config // of these one is there
	gobgp *gobgp.Text
	frr   bool
}

// statement is one thing that a text says: the words that lead to it, and where.
type statement struct {
	words []string
	pos   place.Pos
}

// parse reads the file in the language that the end of its name tells; Junos, if it tells none.
func parse(x file) (*text, error) {
	t := &text{file: x}
	var err error
	switch ends := func(end string) bool { return strings.HasSuffix(x.name, end) }; {
	case ends(".gobgp.toml"), ends(".gobgp.yaml"), ends(".gobgp.yml"):
		t.gobgp, err = gobgp.Parse(x.shown, x.text)
	case ends(".frr.conf"):
		t.frr = true
	case ends(".toml"), ends(".yaml"), ends(".yml"):
		err = place.Problem{Pos: place.Pos{File: x.shown},
			Text: "this version reads Junos text, FRR's configuration in files named *.frr.conf, and GoBGP's in files named *.gobgp.toml or *.gobgp.yaml"}
	default:
		t.junos, err = conf.Parse(x.shown, x.text)
	}
	return t, err
}

// read finds out what the text means.
func (t *text) read() (*Config, error) {
	switch {
	case t.gobgp != nil:
		return readGoBGP(t.gobgp)
	case t.frr:
		return readFRR(t)
	}
	return readJunos(t.junos)
}

// statements returns what the text says, in order.
func (t *text) statements() []statement {
	var out []statement
	if t.frr {
		for _, s := range frr.Statements(t.shown, t.file.text) {
			out = append(out, statement{s.Words, s.Pos})
		}
		return out
	}
	if t.gobgp != nil {
		for _, s := range t.gobgp.Statements() {
			out = append(out, statement{s.Words, s.Pos})
		}
		return out
	}
	for _, s := range t.junos.Root().Leaves() {
		out = append(out, statement{s.Words, s.Pos})
	}
	return out
}

// same reports whether two texts of one language differ in comments and blanks at most.
func (t *text) same(o *text) bool {
	if t.junos != nil {
		return bytes.Equal(t.junos.Text(), o.junos.Text())
	}
	return slices.EqualFunc(t.statements(), o.statements(), func(a, b statement) bool { return slices.Equal(a.words, b.words) })
}
