package candidate

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// text is a policy file in the shape of its language, before anybody asks what it means.
type text struct {
	file
	junos  *conf.Config // of these one is there
	gobgp  *gobgp.Text
	frr    *frr.Text
	opaque bool // of a language that closlab does not read
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
	case isGoBGP(x.name):
		t.gobgp, err = gobgp.Parse(x.shown, x.text)
	case isFRR(x.name):
		t.frr = frr.Parse(x.shown, x.text)
	case ends(".eos.conf"), ends(".srl.json"), ends(".opaque"):
		t.opaque = true
	case ends(".toml"), ends(".yaml"), ends(".yml"):
		err = place.Problem{Pos: place.Pos{File: x.shown},
			Text: "this version reads Junos text, FRR's configuration in files named *.frr.conf, and GoBGP's in files named *.gobgp.toml, *.gobgp.yaml or *.gobgp.json"}
	default:
		t.junos, err = conf.Parse(x.shown, x.text)
	}
	return t, err
}

// parseAs reads a file that takes the place of one, in the language of that.
func parseAs(x file, old *text) (*text, error) {
	if old.frr != nil {
		return &text{file: x, frr: frr.Parse(x.shown, x.text)}, nil
	}
	return parse(x)
}

// read finds out what the text means.
func (t *text) read() (*Config, error) {
	switch {
	case t.gobgp != nil:
		return readGoBGP(t.gobgp)
	case t.frr != nil:
		return readFRR(t.frr)
	case t.opaque:
		return readOpaque(t), nil
	}
	return readJunos(t.junos)
}

// statements returns what the text says, in order.
func (t *text) statements() []statement {
	var out []statement
	if t.opaque {
		return lines(t)
	}
	if t.frr != nil {
		for _, s := range t.frr.Statements() {
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

// MoveBefore says how to put a term before another one in the language of the policy file, or patch of one, that is called shown; it
// begins with a colon, and is "" where that is a matter of moving lines.
func MoveBefore(shown, policyName string, term, before *policy.Term) string {
	switch name := strings.TrimSuffix(shown, path.Ext(shown)); {
	case isFRR(shown), isFRR(name):
		return fmt.Sprintf(": give entry %s of route-map %s a number below %s", term.Name, policyName, before.Name)
	case isGoBGP(shown), isGoBGP(name):
		return ""
	}
	return fmt.Sprintf(": insert policy-options policy-statement %s term %s before term %s", policyName, term.Name, before.Name)
}

func isFRR(name string) bool {
	return strings.HasSuffix(name, ".frr.conf") || path.Base(name) == "frr.conf"
}

func isGoBGP(name string) bool {
	return slices.ContainsFunc([]string{".gobgp.toml", ".gobgp.yaml", ".gobgp.yml", ".gobgp.json"}, func(end string) bool { return strings.HasSuffix(name, end) })
}
