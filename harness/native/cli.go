package native

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// cli runs commands of a router.
type cli struct {
	run    Run
	folder string
}

// put writes a configuration where the router can load it, and returns the name.
func (c cli) put(name, text string) (string, error) {
	name = filepath.Join(c.folder, name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("configuration: %w", err)
	}
	return name, nil
}

// ask runs a command and takes its answer as JSON of the shape of out.
func (c cli) ask(ctx context.Context, out any, argv ...string) error {
	text, err := c.run(ctx, "", argv...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), out); err != nil {
		return fmt.Errorf("%s: not the JSON that closlab knows: %w: %s", argv[len(argv)-1], err, brief(text))
	}
	return nil
}

// Exec runs a command of this machine; it is a Run for whoever is inside the container.
func Exec(ctx context.Context, stdin string, argv ...string) (string, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.WaitDelay = time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("%s: %w", argv[0], ctx.Err())
	case err != nil:
		return "", fmt.Errorf("%s: %w: %s", argv[0], err, brief(out.String()+errs.String()))
	}
	return out.String() + errs.String(), nil
}

// brief returns the lines of a router's answer that say something, on one line, and not all if there are many.
func brief(text string) string {
	const most = 400
	out := strings.Join(strings.Fields(text), " ")
	if len(out) > most {
		out = out[:most] + "…"
	}
	return out
}

// complaint returns the first line of an answer that is one, with what follows it; nil if none is.
func complaint(answer string, is func(line string) bool) error {
	lines := strings.Split(answer, "\n")
	for i, l := range lines {
		if is(l) {
			return errors.New(brief(strings.Join(lines[i:min(i+3, len(lines))], " ")))
		}
	}
	return nil
}
