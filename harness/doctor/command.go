package doctor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// command finds a program beside this one or in the PATH, and returns where it is.
func command(name, advice string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		if exe, err := os.Executable(); err == nil {
			if beside, err := exec.LookPath(filepath.Join(filepath.Dir(exe), name)); err == nil {
				return beside, nil
			}
		}
		path, err := exec.LookPath(name)
		if err != nil {
			return "", fmt.Errorf("%s is not installed: %s", name, advice)
		}
		return path, nil
	}
}
