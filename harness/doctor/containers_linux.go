package doctor

import (
	"context"
	"fmt"
	"strings"

	"github.com/closlab/closlab/harness/docker"
)

// engine finds Docker or Podman.
func engine(ctx context.Context) (string, error) {
	e, err := docker.Find(ctx)
	if err != nil {
		return "", fmt.Errorf("%w (Debian: apt-get install docker.io)", err)
	}
	return e.String(), nil
}

// images finds the images of nodes that name none.
func images(names ...string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		e, err := docker.Find(ctx)
		if err != nil {
			return "", err
		}
		for _, name := range names {
			switch there, err := e.Has(ctx, name); {
			case err != nil:
				return "", err
			case !there:
				return "", fmt.Errorf("%s is not there: labs make it where they need it, and closlab lab images does for rendered topologies", name)
			}
		}
		return strings.Join(names, ", "), nil
	}
}
