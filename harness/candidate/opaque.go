package candidate

import (
	"errors"
	"strings"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// readOpaque returns a text that closlab does not read: it is given to routers as it is, and nothing is known of what it means.
func readOpaque(t *text) *Config {
	return &Config{Opaque: true, Whole: string(t.file.text),
		chain: func(policy.Direction, string) (policy.Chain, error) {
			return nil, errors.New("closlab does not read this language: it is for native routers alone")
		},
		lint: func() []place.Finding {
			return []place.Finding{{Pos: place.Pos{File: t.shown}, Text: "closlab does not read this language", Severity: place.Note, Rule: "not-read"}}
		}}
}

// lines returns those that are not blank, each as one statement.
func lines(t *text) []statement {
	var out []statement
	for i, l := range strings.Split(string(t.file.text), "\n") {
		if l = strings.TrimRight(l, " \t\r"); l != "" {
			out = append(out, statement{[]string{l}, place.Pos{File: t.shown, Line: i + 1}})
		}
	}
	return out
}
