package native

import (
	"fmt"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
)

// holds compares what a router shows of its configuration with what it was sent: every statement must be there, no other, and in the
// same order where that matters.
func holds(sent *conf.Config, shown string) error {
	err := complaint(shown, func(l string) bool {
		l = strings.ToLower(l)
		return strings.HasPrefix(strings.TrimSpace(l), "## warning") && strings.Contains(l, "ignored")
	})
	if err != nil {
		return fmt.Errorf("it ignores part of its configuration: %w", err)
	}
	held, err := conf.Parse("what the router shows", []byte(shown))
	if err != nil {
		return err
	}
	want, got := statements(sent), statements(held)
	if s, ok := lacks(got, want); ok {
		return fmt.Errorf("line %d: the router does not hold %q", s.Pos.Line, strings.Join(s.Words, " "))
	}
	if s, ok := lacks(want, got); ok {
		return fmt.Errorf("the router holds %q, which it was not sent", strings.Join(s.Words, " "))
	}
	wanted, there := orders(want), orders(got)
	for where, parts := range wanted {
		if !slices.Equal(parts, there[where]) {
			return fmt.Errorf("the router holds %s in another order: %q, not %q", where, there[where], parts)
		}
	}
	return nil
}

// statements returns what a configuration says, but for the version that Junos writes on top.
func statements(c *conf.Config) []conf.Statement {
	return slices.DeleteFunc(c.Root().Leaves(), func(s conf.Statement) bool { return s.Words[0] == "version" })
}

// lacks returns the first statement of want that there does not have, or not as often.
func lacks(there, want []conf.Statement) (conf.Statement, bool) {
	count := map[string]int{}
	for _, s := range there {
		count[strings.Join(s.Words, " ")]++
	}
	for _, s := range want {
		k := strings.Join(s.Words, " ")
		if count[k]--; count[k] < 0 {
			return s, true
		}
	}
	return conf.Statement{}, false
}

// orders returns the parts of each thing whose order matters, in order: terms of a policy, actions on communities, and the policies of
// a chain. Junos shows all else in an order of its own.
func orders(all []conf.Statement) map[string][]string {
	out := map[string][]string{}
	for _, s := range all {
		add := func(i int, part string) {
			where := strings.Join(s.Words[:i], " ")
			if !slices.Contains(out[where], part) {
				out[where] = append(out[where], part)
			}
		}
		if len(s.Words) > 4 && s.Words[0] == "policy-options" && s.Words[1] == "policy-statement" && s.Words[3] == "term" {
			add(4, s.Words[4])
		}
		for i := 1; i+1 < len(s.Words); i++ {
			chain := s.Words[0] == "protocols" && (s.Words[i] == "import" || s.Words[i] == "export")
			if chain || s.Words[i] == "community" && s.Words[i-1] == "then" {
				add(i+1, strings.Join(s.Words[i+1:], " "))
			}
		}
	}
	return out
}
