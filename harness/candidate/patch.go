package candidate

import (
	"path"
	"slices"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
)

// isPatch reports whether a file's name says that it is a patch.
func isPatch(x file) bool {
	return slices.Contains([]string{".patch", ".diff", ".set"}, path.Ext(x.name))
}

// applyPatch returns the texts with the patch applied to each that contains what it edits.
func applyPatch(texts map[string]*conf.Config, x file) (map[string]*conf.Config, error) {
	p, err := conf.ParsePatch(x.shown, x.text)
	if err != nil {
		return texts, err
	}
	out, _, err := p.ApplyTo(texts)
	if err != nil {
		return texts, err
	}
	return out, nil
}
