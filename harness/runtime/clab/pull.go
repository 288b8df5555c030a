//go:build linux

package clab

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
)

// Pull has Docker pull the images of the fabrics' nodes that are not on this machine and that closlab does not make itself, all at once. The error tells
// which cannot be pulled, and why, or which are not there when ctx ends.
func Pull(ctx context.Context, say func(string), fabrics ...*fabric.Fabric) error {
	names, sources, err := sourcesOf(ctx, fabrics...)
	if err != nil {
		return err
	}
	var missing []string
	for i, name := range names {
		if sources[i] == "" && recipes[name] == nil {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	say("pulling " + strings.Join(missing, ", "))
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(driveInto(ctx, writer, nil, append([]string{"pull"}, missing...)...)) }()
	defer reader.Close()
	for lines := json.NewDecoder(reader); ; {
		var at struct {
			Image   string
			Percent int
		}
		switch err := lines.Decode(&at); {
		case err == io.EOF:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("not pulled yet: %s: %w: --timeout gives it more time", strings.Join(missing, ", "), context.Cause(ctx))
		case err != nil:
			return err
		}
		say(fmt.Sprintf("pulling %s: %d %%", at.Image, at.Percent))
		if at.Percent == 100 {
			missing = slices.DeleteFunc(missing, func(name string) bool { return name == at.Image })
		}
	}
}
