//go:build !linux

package kernel

import (
	"fmt"
	"runtime"
)

// Supported returns why this machine cannot have network namespaces.
func Supported() error {
	return fmt.Errorf("network namespaces need Linux and this is %s: run on a Linux machine, or use the sim runtime", runtime.GOOS)
}
