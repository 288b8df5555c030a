package fabric

import (
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// policies reads which policy text governs which sessions.
func (b *builder) policies(n *yaml.Node) {
	for _, item := range b.items(n, "policy") {
		const what = "policy"
		m := b.mapping(item, what, "at", "toward", "file", "group", "neighbor", "in", "out", "family")
		bind := &Binding{File: b.text(m["file"], what+": file").text, Group: b.text(m["group"], what+": group").text,
			Neighbor: b.text(m["neighbor"], what+": neighbor").text, In: b.text(m["in"], what+": in").text, Out: b.text(m["out"], what+": out").text, Pos: b.pos(item)}
		switch {
		case m["at"] == nil || m["file"] == nil:
			b.addf(item, "%s: give both at and file", what)
			continue
		case bind.Group != "" && bind.In+bind.Out != "":
			b.addf(item, "%s: give either group or in and out", what)
			continue
		case bind.Neighbor != "" && bind.Group+bind.In+bind.Out != "":
			b.addf(item, "%s: give either neighbor, or group, or in and out", what)
			continue
		case !filepath.IsLocal(bind.File) || strings.Contains(bind.File, `\`):
			b.addf(item, "%s: %q is not a file below the folder %s", what, bind.File, PolicyFolder)
			continue
		}
		b.bind(bind, m, what)
	}
}

// bind puts a binding on the sessions it is for.
func (b *builder) bind(bind *Binding, m map[string]*yaml.Node, what string) {
	at := b.routers(b.words(m["at"], what+": at"), what+": at")
	toward := map[string]bool{}
	for _, n := range b.routers(b.words(m["toward"], what+": toward"), what+": toward") {
		toward[n.Name] = true
	}
	if len(at) == 0 || m["toward"] != nil && len(toward) == 0 {
		return
	}
	families := b.families(b.text(m["family"], what+": family"), what)
	bound := false
	for _, n := range at {
		if !b.spend(len(b.ends[n.Name]), bind.Pos) {
			return
		}
		for _, s := range b.ends[n.Name] {
			if len(toward) > 0 && !toward[s.Peer] {
				continue
			}
			bound = true
			for _, fam := range families {
				if prev := s.Binding[fam]; prev != nil {
					b.problems.Addf(bind.Pos, "%s: line %d already governs the %s session of %s with %s", what, prev.Pos.Line, fam, s.Node, s.Peer)
					return
				}
				s.Binding[fam] = bind
			}
		}
	}
	if !bound {
		b.problems.Addf(bind.Pos, "%s: no session is between these routers", what)
	}
}

// families returns the families a word means; both if there is none.
func (b *builder) families(w word, what string) []Family {
	switch w.text {
	case "":
		return Families[:]
	case V4.String():
		return []Family{V4}
	case V6.String():
		return []Family{V6}
	}
	b.problems.Addf(w.pos, "%s: no family named %q: it is inet or inet6", what, w.text)
	return nil
}
