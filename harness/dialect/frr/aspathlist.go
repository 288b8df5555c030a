package frr

import (
	"strings"

	"github.com/closlab/closlab/harness/dialect/frr/ere"
)

// asPathList reads a line of a `bgp as-path access-list`, which older versions write `ip as-path access-list`.
func (r *reader) asPathList(l line) {
	x := r.list(asPathList, l.word(3), l)
	rest := l.from(4)
	if len(rest) == 0 && l.no {
		r.dropAll(x, l)
		return
	}
	r.listLine(x, l, rest, func(words []string) any {
		text := strings.Join(words, " ")
		if i := strings.IndexFunc(text, func(c rune) bool { return !strings.ContainsRune(`1234567890_^|[,{}() ]$*+.?-\`, c) }); i >= 0 {
			x.problem(l.pos, "%q: FRR takes digits and _^|[,{}() ]$*+.?-\\ only", shown(text))
			return nil
		}
		e, err := ere.Parse(text)
		if err != nil {
			x.problem(l.pos, "%s", err)
			return nil
		}
		return e
	})
}
