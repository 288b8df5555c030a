package ere

import (
	"fmt"

	"github.com/closlab/closlab/harness/policy"
)

// Some says which sets of communities of one kind an expression is found in: those that have a community which one of Any covers,
// and the empty set if Empty.
type Some struct {
	Any   []policy.CommunityPattern
	Empty bool
}

// Communities returns where FRR finds the expression in the text of all communities of the kind. It refuses an expression whose answer
// depends on more than one community, or on their order.
func (e *Expr) Communities(kind policy.CommunityKind) (Some, error) {
	if example, ok := e.alone(kind); !ok {
		return Some{}, fmt.Errorf("regular expression %q asks about several communities together, as in %q", e.text, example)
	}
	any, err := First(kind, []Entry{{true, e}}, e.text)
	return Some{any, e.machine.accept[0]}, err
}

// row is the state of reading several communities: the machine over all of them, over the last one alone, what kind of text that one is
// so far, and whether an earlier one matched alone.
type row struct {
	all, one, shape, name int32
	found                 bool
}

// alone reports whether the expression is found in a list of communities exactly if it is found in one of them alone. If not, it
// returns a list that shows it.
func (e *Expr) alone(kind policy.CommunityKind) (example string, ok bool) {
	m, shape, name := e.machine, shapes()[kind].machine, names().machine
	noShape, noName := shape.dead(), name.dead()
	type reached struct {
		row
		text string
	}
	seen := map[row]bool{{}: true}
	for queue := []reached{{}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		whole := shape.accept[at.shape] || kind == policy.Standard && name.accept[at.name]
		found := at.found || whole && m.accept[at.one]
		if whole && found != m.accept[at.all] {
			return at.text, false
		}
		for c := byte(' '); c < 127; c++ {
			next := row{m.next[at.all][c], m.next[at.one][c], shape.next[at.shape][c], name.next[at.name][c], at.found}
			switch {
			case c == ' ' && !whole:
				continue
			case c == ' ':
				next = row{all: m.next[at.all][c], found: found}
			case noShape[next.shape] && (kind != policy.Standard || noName[next.name]):
				continue
			}
			if !seen[next] {
				seen[next] = true
				queue = append(queue, reached{next, at.text + string(c)})
			}
		}
	}
	return "", true
}
