package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// command finds a program beside this one or in the PATH, and returns what it says of its version: the first line of what these arguments make it say
// that has the word; without arguments, where it is.
func command(advice, name, word string, args ...string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		path, err := exec.LookPath(name)
		if exe, bad := os.Executable(); bad == nil {
			if beside, bad := exec.LookPath(filepath.Join(filepath.Dir(exe), name)); bad == nil {
				path, err = beside, nil
			}
		}
		if err != nil {
			return "", fmt.Errorf("%s is not installed: %s", name, advice)
		}
		if len(args) == 0 {
			return path, nil
		}
		text, err := exec.CommandContext(ctx, path, args...).CombinedOutput()
		var failed *exec.ExitError
		if err != nil && !errors.As(err, &failed) {
			return "", fmt.Errorf("%s: %w: %s", path, err, advice)
		}
		for line := range strings.Lines(string(text)) {
			if strings.Contains(strings.ToLower(line), word) {
				return strings.Join(strings.Fields(line), " "), nil
			}
		}
		return "", fmt.Errorf("%s does not say its version (%v): %s", path, err, advice)
	}
}
