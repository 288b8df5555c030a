// Package place says where in the user's text something stands, and what is wrong there.
// It reads nothing and prints nothing.
package place

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in the user's text. The zero value means nowhere.
type Pos struct {
	File string
	Line int // from 1; 0 means the whole file
}

func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Problem is one thing wrong with an input.
type Problem struct {
	Pos  Pos
	Text string // lower case, cause last, no full stop
}

// Error returns the place and the text on one line: a name in the user's text cannot begin another.
func (p Problem) Error() string {
	s := p.Text
	if p.Pos != (Pos{}) {
		s = p.Pos.String() + ": " + s
	}
	return strings.ReplaceAll(s, "\n", `\n`)
}

// Problems collects everything wrong with an input. Its zero value is ready to use.
type Problems []Problem

// Addf adds a problem.
func (ps *Problems) Addf(pos Pos, format string, args ...any) {
	*ps = append(*ps, Problem{pos, fmt.Sprintf(format, args...)})
}

// Add adds all problems that err consists of; a plain error is put at pos.
func (ps *Problems) Add(pos Pos, err error) {
	var many Problems
	var one Problem
	switch {
	case err == nil:
	case errors.As(err, &many):
		*ps = append(*ps, many...)
	case errors.As(err, &one):
		*ps = append(*ps, one)
	default:
		ps.Addf(pos, "%s", err)
	}
}

// Err returns the problems ordered by place without duplicates, or nil if there are none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	out := slices.Clone(ps)
	slices.SortStableFunc(out, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line))
	})
	return slices.Compact(out)
}

// Error returns one line a problem.
func (ps Problems) Error() string {
	s := make([]string, len(ps))
	for i, p := range ps {
		s[i] = p.Error()
	}
	return strings.Join(s, "\n")
}
