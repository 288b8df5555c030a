package candidate

import (
	"bytes"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/place"
)

// text is a policy file in the shape of its language, before anybody asks what it means.
type text struct {
	file
	junos *conf.Config
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
	switch {
	case strings.HasSuffix(x.name, ".frr.conf"), strings.HasSuffix(x.name, ".toml"):
		return nil, place.Problem{Pos: place.Pos{File: x.shown},
			Text: "this version reads Junos text only: give the policy in curly-brace or set form"}
	default:
		t.junos, err = conf.Parse(x.shown, x.text)
	}
	return t, err
}

// read finds out what the text means.
func (t *text) read() (*Config, error) {
	return readJunos(t.junos)
}

// statements returns what the text says, in order.
func (t *text) statements() []statement {
	return junosStatements(t.junos)
}

// same reports whether two texts of one language differ in comments and blanks at most.
func (t *text) same(o *text) bool {
	return bytes.Equal(t.junos.Text(), o.junos.Text())
}
