package place

import "fmt"

// Severity is how much a finding matters.
type Severity uint8

const (
	Note    Severity = iota // untidy
	Warning                 // probably not what was meant
)

func (s Severity) String() string { return [...]string{"note", "warning"}[s] }

// Finding is something in a router's text that the router would accept and a person should look at.
type Finding struct {
	Pos      Pos
	Severity Severity
	Rule     string // a word for what it is, such as unused
	Text     string // lower case, no full stop
}

func (f Finding) String() string {
	return Problem{Pos: f.Pos, Text: fmt.Sprintf("%s: %s (%s)", f.Severity, f.Text, f.Rule)}.Error()
}
