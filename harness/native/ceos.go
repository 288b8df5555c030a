package native

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// ceos is Arista's cEOS. It forwards by a table of its own.
type ceos struct {
	cli
	shown map[string]string // by text that was loaded: the configuration that the router showed then
}

// do runs commands of EOS in one session.
func (c *ceos) do(ctx context.Context, commands ...string) (string, error) {
	return c.run(ctx, "", "Cli", "-p", "15", "-c", strings.Join(commands, "\n"))
}

// show asks for the answer of a command in JSON.
func (c *ceos) show(ctx context.Context, out any, command string) error {
	return c.ask(ctx, out, "Cli", "-p", "15", "-c", command+" | json")
}

func (c *ceos) version(ctx context.Context) (string, error) {
	var answer struct{ Version string }
	if err := c.show(ctx, &answer, "show version"); err != nil {
		return "", err
	}
	if answer.Version == "" {
		return "", errors.New("show version: no version")
	}
	return answer.Version, nil
}

// load copies the text into a configuration session that begins with nothing, and commits that as one.
func (c *ceos) load(ctx context.Context, text string) error {
	if err := c.harmless(text); err != nil {
		return err
	}
	file, err := c.put("closlab.eos.conf", text)
	if err != nil {
		return err
	}
	copied := fmt.Sprintf("copy file:%s session-config", file)
	answer, err := c.do(ctx, "configure session closlab", "rollback clean-config", copied, "end")
	if err == nil {
		err = refusal(answer)
	}
	if err != nil {
		_, _ = c.do(ctx, "configure session closlab", "abort")
		return err
	}
	if answer, err = c.do(ctx, "configure session closlab", "commit"); err == nil {
		err = refusal(answer)
	}
	if err != nil {
		return err
	}
	running, err := c.do(ctx, "show running-config | no-more")
	if err != nil {
		return err
	}
	return c.holds(text, running)
}

// refusal returns the first thing that EOS does not take.
func refusal(answer string) error {
	return complaint(answer, func(l string) bool {
		l = strings.TrimSpace(l)
		return strings.HasPrefix(l, "%") || strings.HasPrefix(l, "! ") && strings.Contains(strings.ToLower(l), "error")
	})
}

// ceosRunners are the first words of lines by which a configuration has EOS run commands or programs.
var ceosRunners = []string{"bash", "do", "run", "copy", "event-handler", "daemon", "alias", "schedule", "trigger", "action", "exec", "python", "sudo"}

// harmless refuses a text that would have the router run commands.
func (*ceos) harmless(text string) error {
	for i, l := range strings.Split(text, "\n") {
		if words := strings.Fields(l); len(words) > 0 && slices.Contains(ceosRunners, words[0]) {
			return fmt.Errorf("line %d: %s: refused: it has the router run what closlab does not know", i+1, words[0])
		}
	}
	return nil
}

// holds compares what the router shows with what it was sent: every line must be there, in its section. Once it has shown a text
// it must show the same for the same text.
func (c *ceos) holds(text, running string) error {
	there := map[string]bool{}
	var shown strings.Builder
	for _, s := range sections(running) {
		there[s.path] = true
		shown.WriteString(s.path + "\n")
	}
	for _, s := range sections(text) {
		if !there[s.path] {
			return fmt.Errorf("line %d: the router does not hold %q, or shows it in other words: write it as show running-config does", s.line, s.path)
		}
	}
	if before, known := c.shown[text]; known && before != shown.String() {
		return errors.New("the router shows another configuration than it did with the same text before")
	}
	if c.shown == nil {
		c.shown = map[string]string{}
	}
	c.shown[text] = shown.String()
	return nil
}

// section is a line of a text with those that it is indented below, as one.
type section struct {
	path string
	line int
}

// sections returns the lines of a text that are no comments.
func sections(text string) []section {
	type open struct {
		indent int
		path   string
	}
	var out []section
	var above []open
	for i, l := range strings.Split(text, "\n") {
		words := strings.Fields(l)
		if len(words) == 0 || strings.HasPrefix(words[0], "!") || words[0] == "end" {
			continue
		}
		indent := len(l) - len(strings.TrimLeft(l, " \t"))
		for len(above) > 0 && above[len(above)-1].indent >= indent {
			above = above[:len(above)-1]
		}
		path := strings.Join(words, " ")
		if len(above) > 0 {
			path = above[len(above)-1].path + " / " + path
		}
		above = append(above, open{indent, path})
		out = append(out, section{path, i + 1})
	}
	return out
}

func (c *ceos) sessions(ctx context.Context) (map[netip.Addr]string, error) {
	out := map[netip.Addr]string{}
	for _, command := range []string{"show ip bgp summary", "show ipv6 bgp summary"} {
		var answer struct {
			VRFs map[string]struct {
				Peers map[string]struct{ PeerState string }
			}
		}
		if err := c.show(ctx, &answer, command); err != nil {
			return nil, err
		}
		if answer.VRFs == nil {
			return nil, fmt.Errorf("%s: no vrfs", command)
		}
		for text, p := range answer.VRFs["default"].Peers {
			a, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("%s: session with %q: %w", command, text, err)
			}
			out[a] = p.PeerState
		}
	}
	return out, nil
}
