package conf

import (
	"regexp"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// transcript is a configuration as a terminal showed it. Prompts, banners and what the terminal said are blank in text; so are
// the commands, unless they edit.
type transcript struct {
	text   string
	router string  // where the last command was typed, as its prompt says
	shown  []shown // what the show commands printed, in order
}

// shown is what one show command printed: behind a line, below a path.
type shown struct {
	line int
	path []string
}

var (
	member   = regexp.MustCompile(`^\{[a-z]+(:[a-z0-9]+)?\}(\[edit|\s*$)`)
	levelAt  = regexp.MustCompile(`^\[edit([^\]]*)\]\s*$`)
	typed    = regexp.MustCompile(`^(?:\{[a-z]+(?::[a-z0-9]+)?\})?[\w.-]+@([\w.:-]+)([>#%]) ?(.*)`)
	typedOn  = regexp.MustCompile(`^([A-Za-z][\w.-]*)([>#%]) ?(.*)`) // where the prompt is a name alone
	showLine = regexp.MustCompile(`^show configuration( .*)?[^;{]\s*$`)
	said     = regexp.MustCompile(`^(Entering configuration mode|Exiting configuration mode|commit complete|load complete|configuration check succeeds)\s*$`)
	opens    = regexp.MustCompile(`(^|[\s{;])/\*`)
	harmless = regexp.MustCompile(`^\s*(no-more|display set|display inheritance( [a-z-]+)*)?\s*$`)
)

// readTranscript takes out of a text what is no configuration. What a show command prints only in part, because of a
// filter behind a |, is an error, as is the output of two routers in one text.
func readTranscript(file, text string) (transcript, error) {
	lines := strings.Split(text, "\n")
	var t transcript
	var level []string // of the last banner [edit ...]
	var moves []int    // lines that matter to commands that edit, and to nothing else
	var problems place.Problems
	edits, comment := false, false
	for i, l := range lines {
		if at := opens.FindStringIndex(l); at != nil && !comment {
			comment = !strings.Contains(l[at[1]:], "*/")
		} else if comment {
			comment = !strings.Contains(l, "*/")
			continue
		}
		if m := member.FindStringSubmatchIndex(l); m != nil {
			l = l[m[4]:]
		}
		c, byHand := commandOf(l)
		if byHand && c.router != "" {
			if t.router != "" && c.router != t.router {
				problems.Addf(place.Pos{File: file, Line: i + 1}, "this was typed on %s, what stands before on %s: give each router a text of its own", c.router, t.router)
			}
			t.router = c.router
		}
		switch m := levelAt.FindStringSubmatch(l); {
		case m != nil:
			level, moves = strings.Fields(m[1]), append(moves, i)
		case said.MatchString(l):
			l = ""
		case byHand && c.shows():
			path, filters := c.asked(level)
			if slices.ContainsFunc(filters, func(f string) bool { return !harmless.MatchString(f) }) {
				problems.Addf(place.Pos{File: file, Line: i + 1}, "%q shows a part of the configuration: give all of it", strings.TrimSpace(c.text))
			}
			t.shown = append(t.shown, shown{i + 1, path})
			l = ""
		case byHand:
			l = c.text
			if verb := c.verb(); verb == "" || passed[verb] || moving[verb] {
				moves = append(moves, i)
			} else {
				edits = true
			}
		}
		lines[i] = l
	}
	if !edits && len(t.shown) > 0 {
		for _, i := range moves {
			lines[i] = ""
		}
	}
	t.text = strings.Join(lines, "\n")
	return t, problems.Err()
}

// moving are the commands that go to another level.
var moving = set("edit", "top", "up", "exit", "quit")

// command is what was typed behind a prompt, which ends in # in configuration mode.
type command struct{ text, router, prompt string }

// commandOf returns the command that was typed in a line: behind a prompt, or `show configuration` by itself.
func commandOf(l string) (c command, byHand bool) {
	if m := typed.FindStringSubmatch(l); m != nil {
		return command{m[3], m[1], m[2]}, true
	}
	if m := typedOn.FindStringSubmatch(l); m != nil {
		c = command{m[3], m[1], m[2]}
		return c, verbs[c.verb()] || passed[c.verb()]
	}
	return command{text: l}, showLine.MatchString(l)
}

func (c command) verb() string {
	words := strings.Fields(c.text)
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// shows reports whether the command prints configuration.
func (c command) shows() bool {
	words := strings.Fields(c.text)
	return c.verb() == "show" && (c.prompt == "#" || len(words) > 1 && words[1] == "configuration")
}

// asked returns the path that a show command asks for, and the filters it goes through.
func (c command) asked(level []string) (path, filters []string) {
	parts := strings.Split(c.text, "|")
	words := strings.Fields(parts[0])[1:]
	if len(words) > 0 && words[0] == "configuration" && c.prompt != "#" {
		return words[1:], parts[1:]
	}
	return slices.Concat(level, words), parts[1:]
}
