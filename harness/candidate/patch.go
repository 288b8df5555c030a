package candidate

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/place"
)

// patchEnds are the ends of the names of patches: of any language, of Junos, and of FRR.
var patchEnds = []string{".patch", ".diff", ".set", ".vtysh"}

// isPatch reports whether a file's name says that it is a patch.
func isPatch(x file) bool { return slices.Contains(patchEnds, path.Ext(x.name)) }

// misses reports whether a patch's name names a policy file (spine.junos.conf.diff) that the baseline does not have.
func (b *Base) misses(x file) bool {
	target := strings.TrimSuffix(x.name, path.Ext(x.name))
	return b.texts[target] == nil && slices.Contains([]string{".conf", ".toml", ".yaml", ".yml"}, path.Ext(target))
}

// applyPatch returns the texts with the patch applied: to the file that its name names (spine.junos.conf.diff); or else, a unified diff to
// those that it names, and any other to each Junos text that contains what it edits.
func applyPatch(texts map[string]*text, x file) (map[string]*text, error) {
	target := texts[strings.TrimSuffix(x.name, path.Ext(x.name))]
	isDiff := path.Ext(x.name) != ".set" && frr.IsDiff(x.text)
	switch {
	case path.Ext(x.name) == ".vtysh":
		return typeFRR(texts, x, target)
	case target != nil && target.frr != nil && !isDiff:
		return texts, place.Problem{Pos: place.Pos{File: x.shown},
			Text: "want a unified diff, as git diff prints it, of FRR's configuration; or lines as they are typed in vtysh, in a file named " + target.name + ".vtysh"}
	case isDiff && (target == nil || target.frr != nil):
		return patchFRR(texts, x, target)
	case target != nil && target.gobgp != nil:
		return texts, place.Problem{Pos: place.Pos{File: x.shown}, Text: "patches edit Junos text and FRR's configuration: give the whole of any other policy file"}
	case isDiff:
		return texts, place.Problem{Pos: place.Pos{File: x.shown}, Text: unified(target.name)}
	}
	return patchJunos(texts, x, target)
}

// patchJunos applies Junos commands or the output of show | compare to the target, or without one to all that contain what it edits.
func patchJunos(texts map[string]*text, x file, target *text) (map[string]*text, error) {
	p, err := conf.ParsePatch(x.shown, x.text)
	if err != nil {
		return texts, err
	}
	to := map[string]*conf.Config{}
	for name, t := range texts {
		if t.junos != nil && (t == target || target == nil) {
			to[name] = t.junos
		}
	}
	if len(to) == 0 {
		return texts, place.Problem{Pos: place.Pos{File: x.shown}, Text: "patches edit Junos text and FRR's configuration: give the whole of any other policy file"}
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

// patchFRR applies a unified diff: to the target, or without one to the texts that its parts name.
func patchFRR(texts map[string]*text, x file, target *text) (map[string]*text, error) {
	diffs, err := frr.ParseDiff(x.shown, x.text)
	if err != nil {
		return texts, err
	}
	if target != nil && len(diffs) > 1 {
		return texts, place.Problem{Pos: diffs[1].Pos, Text: fmt.Sprintf("changes a second file: name the diff after one, or after none (all.diff) if it names them: %s", diffs[1].New)}
	}
	out := maps.Clone(texts)
	var problems place.Problems
	for _, d := range diffs {
		name, err := named(texts, d, target)
		if err == nil {
			var t *frr.Text
			if t, err = out[name].frr.Patch(d); err == nil {
				out[name] = &text{file: texts[name].file, frr: t}
			}
		}
		problems.Add(d.Pos, err)
	}
	return out, problems.Err()
}

// named returns the name of the policy file that a part of a diff is about: that of the target, or the one that its path ends in.
func named(texts map[string]*text, d *frr.Diff, target *text) (string, error) {
	if target != nil {
		return target.name, nil
	}
	var found []string
	for _, name := range sortedKeys(texts) {
		if d.New == name || strings.HasSuffix(d.New, "/"+name) {
			found = append(found, name)
		}
	}
	switch {
	case d.New == "":
		return "", place.Problem{Pos: d.Pos, Text: "the diff does not say of which file it is: name it after that, such as spine.frr.conf.diff"}
	case len(found) == 0:
		return "", place.Problem{Pos: d.Pos, Text: fmt.Sprintf("%s is no policy file: there are %s", d.New, strings.Join(sortedKeys(texts), ", "))}
	}
	name := slices.MaxFunc(found, func(a, b string) int { return len(a) - len(b) })
	if texts[name].frr == nil {
		return "", place.Problem{Pos: d.Pos, Text: unified(name)}
	}
	return name, nil
}

func unified(name string) string {
	return name + ": a unified diff edits FRR's configuration (*.frr.conf) only: give the whole file, or of Junos text what show | compare prints"
}

// typeFRR types lines into the target, or without one into the only FRR text.
func typeFRR(texts map[string]*text, x file, target *text) (map[string]*text, error) {
	if target == nil {
		var all []*text
		for _, name := range sortedKeys(texts) {
			if texts[name].frr != nil {
				all = append(all, texts[name])
			}
		}
		if len(all) != 1 {
			return texts, place.Problem{Pos: place.Pos{File: x.shown}, Text: "name it after the FRR configuration that it is for, such as spine.frr.conf.vtysh"}
		}
		target = all[0]
	}
	if target.frr == nil {
		return texts, place.Problem{Pos: place.Pos{File: x.shown}, Text: target.name + " is no FRR configuration (*.frr.conf)"}
	}
	t, err := target.frr.Type(x.shown, x.text)
	if err != nil {
		return texts, err
	}
	out := maps.Clone(texts)
	out[target.name] = &text{file: target.file, frr: t}
	return out, nil
}
