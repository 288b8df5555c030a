package candidate

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
)

// isPatch reports whether a file's name says that it is a patch.
func isPatch(x file) bool {
	return slices.Contains([]string{".patch", ".diff", ".set"}, path.Ext(x.name))
}

// misses reports whether a patch's name names a policy file (spine.junos.conf.diff) that the baseline does not have.
func (b *Base) misses(x file) bool {
	target := strings.TrimSuffix(x.name, path.Ext(x.name))
	return b.texts[target] == nil && path.Ext(target) == ".conf"
}

// applyPatch returns the texts with the patch applied: to the file that its name names (spine.junos.conf.diff), or else
// to each that contains what it edits.
func applyPatch(texts map[string]*conf.Config, x file) (map[string]*conf.Config, error) {
	p, err := conf.ParsePatch(x.shown, x.text)
	if err != nil {
		return texts, err
	}
	target := strings.TrimSuffix(x.name, path.Ext(x.name))
	to := texts
	if texts[target] != nil {
		to = map[string]*conf.Config{target: texts[target]}
	}
	patched, _, err := p.ApplyTo(to)
	if err != nil {
		return texts, err
	}
	out := maps.Clone(texts)
	maps.Copy(out, patched)
	return out, nil
}
