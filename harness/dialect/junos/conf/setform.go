package conf

import "fmt"

// verbs begin the lines of the set form.
var verbs = set("set", "deactivate", "activate", "protect", "unprotect", "delete", "del", "insert", "rename",
	"copy", "annotate", "edit", "top", "up", "exit", "replace", "wildcard", "load", "rollback")

// setLines reads the set form.
func (p *parser) setLines() error {
	s := session{Patch: &Patch{File: p.file}, what: "configuration", lexer: p.lexer}
	s.lines = true
	e := editor{root: p.root}
	for {
		at, moved, err := s.header()
		if err != nil {
			return err
		}
		if moved {
			s.at = at
		}
		ph, err := s.phrase()
		switch {
		case err != nil:
			return err
		case len(ph.words) == 0 && ph.end == 0:
			p.problems = append(p.problems, s.problems...)
			return nil
		case len(ph.words) == 0:
			continue
		}
		switch {
		case ph.words[0] == "set" && len(s.at) == 0 && len(ph.words) > 1:
			ph.words = ph.words[1:]
			if _, err := p.put(level{at: p.root}, ph); err != nil {
				return err
			}
		case ph.words[0] == "delete" && len(ph.words) == 1 && p.root.n == 0: // of all, before anything is set
		default:
			s.command(ph)
			for _, ed := range s.edits {
				e.apply(ed)
				for _, problem := range e.problems {
					p.addf(ph.line, "%s: %s", ed.verb, problem.Text)
				}
				e.problems = nil
				p.groups = true
			}
			s.edits = nil
		}
	}
}

// absent says that a path is not there, and up to where it is.
func absent(path []string, known int) string {
	if known > 0 && known < len(path) && naming[path[known-1]] {
		known--
	}
	if known == 0 {
		return fmt.Sprintf("there is no %q", join(path, false))
	}
	return fmt.Sprintf("there is no %q in %q", join(path[known:], false), join(path[:known], false))
}
