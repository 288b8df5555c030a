package ere

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// Expr is one regular expression. It is never changed.
type Expr struct {
	text    string
	machine *machine
}

// String returns the expression as it was written.
func (e *Expr) String() string { return e.text }

// Matches reports whether FRR would find the expression in the text.
func (e *Expr) Matches(text string) bool { return e.machine.accepts(text) }

// Parse reads an expression. It refuses what POSIX leaves open or GNU regcomp, which FRR uses, takes in a way of its own.
func Parse(text string) (*Expr, error) {
	if err := plain(text); err != nil {
		return nil, fmt.Errorf("regular expression %q: %w", text, err)
	}
	const delimiter = "(^|[,{}() ]|$)" // bgp_regcomp of bgpd/bgp_regex.c
	re, err := syntax.Parse(strings.ReplaceAll(text, "_", delimiter), syntax.OneLine)
	if err != nil {
		return nil, fmt.Errorf("regular expression %q: %w", text, errors.New(strings.TrimPrefix(err.Error(), "error parsing regexp: ")))
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, fmt.Errorf("regular expression %q: %w", text, err)
	}
	m, err := determine(prog)
	if err != nil {
		return nil, fmt.Errorf("regular expression %q: %w", text, err)
	}
	return &Expr{text, m}, nil
}

var interval = regexp.MustCompile(`^\{[0-9]{1,3}(,[0-9]{0,3})?\}`)

// plain accepts the part of the notation that all implementations read alike.
func plain(text string) error {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c < ' ' || c > '~':
			return errors.New("want printable ASCII")
		case c == '\\':
			if i++; i == len(text) || !strings.ContainsRune(`.^$*+?()[]{}|\`, rune(text[i])) {
				return errors.New(`a backslash before anything but .^$*+?()[]{}|\ is not modelled`)
			}
		case c == '{':
			bounds := interval.FindString(text[i:])
			if bounds == "" {
				return errors.New(`write \{ for a brace, or {m,n} for a repetition`)
			}
			i += len(bounds) - 1
		case (c == '*' || c == '+' || c == '?') && (i == 0 || strings.IndexByte("^$(|", text[i-1]) >= 0 && !escaped(text, i-1)):
			return fmt.Errorf("%c repeats nothing", c)
		case c == '[':
			end, err := bracket(text[i:])
			if err != nil {
				return err
			}
			i += end
		}
	}
	return nil
}

// escaped reports whether the byte at i stands behind an odd number of backslashes.
func escaped(text string, i int) bool {
	n := 0
	for i > n && text[i-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// bracket returns where the bracket expression that the text begins with ends.
func bracket(text string) (int, error) {
	i := 1
	if strings.HasPrefix(text[i:], "^") {
		i++
	}
	if strings.HasPrefix(text[i:], "]") {
		i++
	}
	for ; i < len(text); i++ {
		switch {
		case text[i] == ']':
			return i, nil
		case text[i] == '_':
			return 0, errors.New("_ in a bracket is not modelled: FRR puts a group there")
		case text[i] == '\\':
			return 0, errors.New("a backslash in a bracket is not modelled")
		case strings.HasPrefix(text[i:], "[:"):
			end := strings.Index(text[i:], ":]")
			if end < 0 {
				return 0, errors.New("a [: without :]")
			}
			i += end + 1
		case text[i] == '[' && i+1 < len(text) && strings.IndexByte(".=", text[i+1]) >= 0:
			return 0, errors.New("collating elements are not modelled")
		}
	}
	return 0, errors.New("a [ without ]")
}
