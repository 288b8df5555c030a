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
	typed    = regexp.MustCompile(`^(?:\{[a-z]+(?::[a-z0-9]+)?\})?[\w.-]+@([\w.:-]+)[>#%] ?(.*)`)
	typedOn  = regexp.MustCompile(`^([A-Za-z][\w.-]*)[>#%] (.*)`) // where the prompt is a name alone
	showLine = regexp.MustCompile(`^show( .*)?[^;{]\s*$`)
	said     = regexp.MustCompile(`^(Entering configuration mode|Exiting configuration mode|commit complete|load complete|configuration check succeeds)\s*$`)
	harmless = regexp.MustCompile(`^\s*(no-more|display set|display inheritance( [a-z-]+)*)?\s*$`)
)

// readTranscript takes out of a text what is no configuration. What a show command prints only in part, because of a
// filter behind a |, is an error.
func readTranscript(file, text string) (transcript, error) {
	lines := strings.Split(text, "\n")
	var t transcript
	var level []string // of the last banner [edit ...]
	var moves []int    // lines that matter to commands that edit, and to nothing else
	var problems place.Problems
	edits := false
	for i, l := range lines {
		if m := member.FindStringSubmatchIndex(l); m != nil {
			l = l[m[4]:]
		}
		command, router, byHand := commandOf(l)
		words := strings.Fields(command)
		if byHand && t.router != "" && router != "" && router != t.router {
			problems.Addf(place.Pos{File: file, Line: i + 1}, "this was typed on %s, what stands before on %s: give each router a text of its own", router, t.router)
		}
		if byHand && router != "" {
			t.router = router
		}
		switch m := levelAt.FindStringSubmatch(l); {
		case m != nil:
			level, moves = strings.Fields(m[1]), append(moves, i)
		case said.MatchString(l):
			l = ""
		case byHand && len(words) > 0 && words[0] == "show":
			path, filters := asked(level, command)
			if slices.ContainsFunc(filters, func(f string) bool { return !harmless.MatchString(f) }) {
				problems.Addf(place.Pos{File: file, Line: i + 1}, "%q shows a part of the configuration: give all of it", strings.TrimSpace(command))
			}
			t.shown = append(t.shown, shown{i + 1, path})
			l = ""
		case byHand:
			l = command
			if len(words) == 0 || passed[words[0]] || moving[words[0]] {
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

// commandOf returns the command that was typed in a line, and on which router: behind a prompt, or a show command by itself.
func commandOf(l string) (command, router string, byHand bool) {
	if m := typed.FindStringSubmatch(l); m != nil {
		return m[2], m[1], true
	}
	if m := typedOn.FindStringSubmatch(l); m != nil {
		word, _, _ := strings.Cut(strings.TrimSpace(m[2]), " ")
		return m[2], m[1], verbs[word] || passed[word]
	}
	return l, "", showLine.MatchString(l)
}

// asked returns the path that a show command asks for, and the filters it goes through.
func asked(level []string, command string) (path, filters []string) {
	parts := strings.Split(command, "|")
	words := strings.Fields(parts[0])[1:]
	if len(words) > 0 && words[0] == "configuration" {
		return words[1:], parts[1:]
	}
	return slices.Concat(level, words), parts[1:]
}
