package native

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// srlinux is Nokia's SR Linux. Its configuration is JSON, as its own "save" writes it: text in its command language could be a command.
// It forwards by a table of its own.
type srlinux struct {
	cli
	info string // the command that shows a path from the root on
}

// infos are that command in releases from 25 on, whose "info" alone leaves out what leads to the path, and before.
var infos = []string{"info with-context", "info"}

// errNoInstance is that an answer is about nothing.
var errNoInstance = errors.New("no network-instance default in its answer")

// state asks for part of the state as JSON.
func (c *srlinux) state(ctx context.Context, out any, path string) error {
	return c.ask(ctx, out, "sr_cli", "-d", c.info+" from state "+path+" | as json")
}

func (c *srlinux) version(ctx context.Context) (string, error) {
	var first error
	for _, c.info = range infos {
		var answer struct {
			System struct{ Information struct{ Version string } }
		}
		err := c.state(ctx, &answer, "system information version")
		if err == nil && answer.System.Information.Version == "" {
			err = errors.New("system information: no version")
		}
		if err == nil {
			return answer.System.Information.Version, nil
		}
		first = cmp.Or(first, err)
	}
	return "", first
}

// load replaces the candidate configuration by a file's and commits it.
func (c *srlinux) load(ctx context.Context, text string) error {
	var sent any
	if err := json.Unmarshal([]byte(text), &sent); err != nil {
		return fmt.Errorf("the configuration is no JSON, as save file writes it: %w", err)
	}
	if err := harmlessSRL("", sent); err != nil {
		return err
	}
	file, err := c.put("closlab.srl.json", text)
	if err != nil {
		return err
	}
	answer, err := c.run(ctx, "load file "+file+"\ncommit validate\ncommit now\n", "sr_cli", "-ed")
	if err != nil {
		return err
	}
	err = complaint(answer, func(l string) bool {
		l = strings.ToLower(l)
		return strings.Contains(l, "error") || strings.Contains(l, "invalid") || strings.Contains(l, "failed")
	})
	if err != nil {
		return err
	}
	var held any
	if err := c.ask(ctx, &held, "sr_cli", "-d", c.info+" from running | as json"); err != nil {
		return err
	}
	return alike("", bareJSON(sent), bareJSON(held))
}

// srlRunners are the containers of SR Linux's models by which it runs scripts or programs, or loads another configuration.
var srlRunners = []string{"event-handler", "ndk-server", "ztp", "autoboot"}

// harmlessSRL refuses a configuration that would have the router run commands.
func harmlessSRL(path string, x any) error {
	switch x := x.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			if slices.Contains(srlRunners, bare(k)) {
				return fmt.Errorf("%s: refused: it has the router run what closlab does not know", path+"/"+k)
			}
			if err := harmlessSRL(path+"/"+k, x[k]); err != nil {
				return err
			}
		}
	case []any:
		for i, e := range x {
			if err := harmlessSRL(fmt.Sprintf("%s[%d]", path, i), e); err != nil {
				return err
			}
		}
	}
	return nil
}
