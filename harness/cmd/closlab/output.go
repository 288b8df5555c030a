package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

type writer = io.Writer

// output is where results go: the n-th --format into the n-th -o file, formats without a file to standard output.
type output struct {
	formats, files []string
}

func (o *output) flags(cmd *cobra.Command, formats ...string) {
	cmd.Flags().StringArrayVar(&o.formats, "format", nil, "format of the result: "+strings.Join(formats, ", ")+" (repeatable)")
	cmd.Flags().StringArrayVarP(&o.files, "output", "o", nil, "file for the format of the same place, instead of standard output (repeatable)")
}

// validate refuses before any work what could not be written after it.
func (o *output) validate(known ...string) error {
	if len(o.formats) == 0 {
		o.formats = known[:1]
	}
	for _, f := range o.formats {
		if !slices.Contains(known, f) {
			return fmt.Errorf("--format %s: want one of %s", f, strings.Join(known, ", "))
		}
	}
	if len(o.files) > len(o.formats) {
		return fmt.Errorf("-o %s: no --format for it: give one --format for each -o", o.files[len(o.formats)])
	}
	for i, f := range o.files {
		if info, err := os.Stat(filepath.Dir(f)); err != nil || !info.IsDir() {
			return fmt.Errorf("-o %s: no such folder", f)
		}
		if info, err := os.Stat(f); f == "" || err == nil && info.IsDir() {
			return fmt.Errorf("-o %q: want the name of a file", f)
		}
		if slices.Contains(o.files[:i], f) {
			return fmt.Errorf("-o %s: named twice", f)
		}
	}
	return nil
}

// write renders every format and writes it where it belongs.
func (o *output) write(stdout io.Writer, render func(w writer, format string) error) error {
	for i, format := range o.formats {
		var b bytes.Buffer
		if err := render(&plain{w: &b}, format); err != nil {
			return err
		}
		if i >= len(o.files) {
			if _, err := stdout.Write(b.Bytes()); err != nil {
				return err
			}
			continue
		}
		if err := os.WriteFile(o.files[i], b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
