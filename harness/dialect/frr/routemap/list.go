package routemap

import (
	"fmt"
	"strings"

	"github.com/closlab/closlab/harness/policy"
)

// row is one entry of a list.
type row struct {
	deny bool
	text string
}

func allow(text string) row { return row{text: text} }

// generation stands for the number of the program in names: two programs have no name in common, so that one can be
// taken into use while another is.
const generation = "\x01"

// lists are the lists that the route-maps of a router ask. Equal ones are shared.
type lists struct {
	defined []list
	byText  map[string]string // name by command and rows
}

// list is prefixes, communities or expressions under a name.
type list struct {
	command string // "ip prefix-list", "bgp community-list standard"
	name    string
	rows    []row
}

func newLists() *lists { return &lists{byText: map[string]string{}} }

// list returns the name of the list with those rows. It holds the name that the user knows it by, if there is one.
func (l *lists) list(command, name string, rows []row) string {
	key := fmt.Sprint(command, name, rows)
	if out, ok := l.byText[key]; ok {
		return out
	}
	out := fmt.Sprintf("L%d.%s", len(l.defined)+1, generation)
	if name != "" {
		out += "-" + strings.ReplaceAll(plain(name, 60), " ", "-")
	}
	l.defined, l.byText[key] = append(l.defined, list{command, out, rows}), out
	return out
}

// lines returns the commands that define a list.
func (l *list) lines() []string {
	var out []string
	for i, r := range l.rows {
		kind := "permit"
		if r.deny {
			kind = "deny"
		}
		out = append(out, fmt.Sprintf("%s %s seq %d %s %s", l.command, l.name, 5*(i+1), kind, r.text))
	}
	return out
}

func (g *generator) prefixList(name string, rows []row) string {
	return g.list(g.ip()+" prefix-list", name, rows)
}

func one(cs ...policy.Community) []policy.Community { return cs }

// texts joins communities in FRR's order: a row of several asks for all of them.
func texts(cs []policy.Community) string {
	var out []string
	for _, c := range policy.CommunitySet(cs...) {
		out = append(out, wordOf(c))
	}
	return strings.Join(out, " ")
}

// wordOf returns a community as FRR shows it.
func wordOf(c policy.Community) string {
	for _, w := range inWords {
		if w.community == c {
			return w.word
		}
	}
	return c.Text()
}

// alternativeRows makes a row of each list of communities.
func alternativeRows(alternatives [][]policy.Community) []row {
	var rows []row
	for _, cs := range alternatives {
		rows = append(rows, allow(texts(cs)))
	}
	return rows
}

// standard returns the list of routes with all of some of the communities.
func (l *lists) standard(name string, alternatives ...[]policy.Community) string {
	return l.list("bgp community-list standard", name, alternativeRows(alternatives))
}

// largeRows is standard for large communities.
func (l *lists) largeRows(name string, alternatives ...[]policy.Community) string {
	return l.list("bgp large-community-list standard", name, alternativeRows(alternatives))
}

// largeStandard returns the list of routes with all of the large communities.
func (l *lists) largeStandard(name string, all ...policy.Community) string {
	return l.largeRows(name, all)
}

// largeRegex returns the list of expressions over large communities.
func (l *lists) largeRegex(name string, rows ...row) string {
	return l.list("bgp large-community-list expanded", name, rows)
}

// expanded returns the list of expressions over communities.
func (l *lists) expanded(name string, rows ...row) string {
	return l.list("bgp community-list expanded", name, rows)
}
