package conf

import (
	"slices"
	"strconv"

	"github.com/closlab/closlab/harness/place"
)

// passed are commands of a pasted session that edit nothing.
var passed = set("configure", "commit", "show", "run", "status", "help")

// commands reads lines of the configuration mode.
func (p *Patch) commands(text string) error {
	s := session{Patch: p, what: "patch", lexer: lexer{file: p.File, text: text, line: 1, lines: true}}
	for {
		at, ok, err := s.header()
		if err != nil {
			return err
		}
		if ok {
			s.at = at
		}
		ph, err := s.phrase()
		if err != nil {
			return err
		}
		if len(ph.words) > 0 {
			s.command(ph)
		} else if ph.end == 0 {
			return s.problems.Err()
		}
	}
}

// session is a configuration mode: a place in the hierarchy, and the edits made so far.
type session struct {
	*Patch
	lexer
	what     string // "patch" or "configuration"
	at       []string
	before   [][]string // where edit was called, for exit
	problems place.Problems
}

// command turns a line into edits or moves about.
func (s *session) command(ph phrase) {
	verb, args := ph.words[0], ph.words[1:]
	pos := place.Pos{File: s.File, Line: ph.line}
	path := lift(slices.Concat(s.at, args))
	if verb == "del" { // so everybody types it
		verb = "delete"
	}
	switch verb {
	case "set":
		if len(args) == 0 {
			s.problems.Addf(pos, "set without a path")
			return
		}
		for _, m := range ph.listed(path) {
			s.edits = append(s.edits, edit{verb: verb, pos: pos, path: m})
		}
	case "delete", "deactivate", "activate", "protect", "unprotect":
		if len(path) == 0 {
			s.problems.Addf(pos, "%s of the whole configuration is not supported", verb)
			return
		}
		for _, m := range ph.listed(path) {
			s.edits = append(s.edits, edit{verb: verb, pos: pos, path: m})
		}
	case "insert":
		s.relative(verb, pos, args, "before", "after")
	case "rename", "copy":
		s.relative(verb, pos, args, "to")
	case "edit", "top", "up", "exit", "quit":
		s.move(verb, args, path, pos)
	default:
		if !passed[verb] && verb != "annotate" {
			s.problems.Addf(pos, "the command %q is not supported in a %s", verb, s.what)
		}
	}
}

// listed returns the paths of a statement, one for each member of its list.
func (ph phrase) listed(path []string) [][]string {
	if !ph.list {
		return [][]string{path}
	}
	var all [][]string
	for _, m := range ph.members {
		all = append(all, slices.Concat(path, m))
	}
	return all
}

// relative reads "PATH before|after WORDS" and "PATH to WORDS", where the words take the place of the
// last ones of the path.
func (s *session) relative(verb string, pos place.Pos, args []string, by ...string) {
	at := -1
	for i, w := range args {
		if slices.Contains(by, w) {
			at = i
		}
	}
	if at < 1 || at == len(args)-1 {
		s.problems.Addf(pos, "%s needs a path, %q and a name", verb, by)
		return
	}
	path, words := lift(slices.Concat(s.at, args[:at])), args[at+1:]
	if len(words) > len(path) {
		s.problems.Addf(pos, "%s: %q is no sibling of %q", verb, join(words, false), join(path, false))
		return
	}
	s.edits = append(s.edits, edit{
		verb: verb, pos: pos, path: path, before: args[at] == "before",
		other: slices.Concat(path[:len(path)-len(words)], words),
	})
}

// move follows edit, top, up and exit (CLI User Guide, "Navigate the CLI Configuration Mode"). A command
// may follow top.
func (s *session) move(verb string, args, path []string, pos place.Pos) {
	switch verb {
	case "edit":
		if len(path) > maxPath {
			s.problems.Addf(pos, "a path of more than %d words", maxPath)
			return
		}
		s.before, s.at = append(s.before, s.at), path
	case "top":
		s.at = nil
		if len(args) > 0 {
			s.command(phrase{words: args, line: pos.Line})
		}
	case "up":
		n := 1
		if len(args) > 0 {
			n, _ = strconv.Atoi(args[0])
		}
		it := (&item{}).add(s.at, pos)
		for ; n > 0 && it.parent != nil; n-- {
			if it = it.parent; naming[it.word()] && !it.name {
				it = it.parent // a keyword and its name are one level
			}
		}
		s.at = it.path()
	default:
		s.at = nil
		if n := len(s.before); n > 0 {
			s.at, s.before = s.before[n-1], s.before[:n-1]
		}
	}
}
