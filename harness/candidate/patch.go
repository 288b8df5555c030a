package candidate

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/place"
)

// isPatch reports whether a file's name says that it is a patch.
func isPatch(x file) bool {
	return slices.Contains([]string{".patch", ".diff", ".set"}, path.Ext(x.name))
}

// misses reports whether a patch's name names a policy file (spine.junos.conf.diff) that the baseline does not have.
func (b *Base) misses(x file) bool {
	target := strings.TrimSuffix(x.name, path.Ext(x.name))
	return b.texts[target] == nil && slices.Contains([]string{".conf", ".toml", ".yaml", ".yml"}, path.Ext(target))
}

// applyPatch returns the texts with the patch applied: to the file that its name names (spine.junos.conf.diff), or else
// to each Junos text that contains what it edits.
func applyPatch(texts map[string]*text, x file) (map[string]*text, error) {
	p, err := conf.ParsePatch(x.shown, x.text)
	if err != nil {
		return texts, err
	}
	to := map[string]*conf.Config{}
	target := strings.TrimSuffix(x.name, path.Ext(x.name))
	for name, t := range texts {
		if t.junos != nil && (name == target || texts[target] == nil) {
			to[name] = t.junos
		}
	}
	if len(to) == 0 {
		return texts, place.Problem{Pos: place.Pos{File: x.shown}, Text: "patches edit Junos text: give the whole of any other policy file"}
	}
	patched, _, err := p.ApplyTo(to)
	if err != nil {
		return texts, err
	}
	out := maps.Clone(texts)
	for name, c := range patched {
		out[name] = &text{file: texts[name].file, junos: c}
	}
	return out, nil
}
