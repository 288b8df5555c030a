package conf

import (
	"maps"
	"slices"

	"github.com/closlab/closlab/harness/place"
)

// unit is what a patch does to one object, or to several that it renames or copies into one another. It
// is applied to a configuration as a whole or not at all.
type unit struct {
	objects [][]string
	edits   []edit
}

// ApplyTo applies the patch to every configuration that contains what it edits, and returns all
// configurations, with the names of those that were edited, sorted.
//
// What counts is the object edited: a policy-statement, a prefix-list, a BGP group. A configuration
// with that object takes all edits of it; one that has the object but none of the places edited in it is
// passed over; one that has some of them only is an error, as is an edit that no configuration takes.
// New objects below policy-options, and definitions (anything there but a policy-statement) that
// only some have, also go to the other configurations that the patch edits, or, if it has nothing else, to all.
func (p *Patch) ApplyTo(configs map[string]*Config) (map[string]*Config, []string, error) {
	names := slices.Sorted(maps.Keys(configs))
	a := applier{configs: configs, names: names, chosen: map[string][]bool{}, units: p.units()}
	for _, name := range names {
		a.chosen[name] = make([]bool, len(a.units))
	}
	for i := range a.units {
		a.choose(i)
	}
	a.spread()
	if err := a.problems.Err(); err != nil {
		return nil, nil, err
	}
	return a.apply()
}

// units groups the edits by what they edit, in order of appearance.
func (p *Patch) units() []unit {
	var units []unit
	at := map[string]int{}
	for _, ed := range p.edits {
		k := key(object(ed.path))
		i, ok := at[k]
		if !ok {
			i = len(units)
			at[k] = i
			units = append(units, unit{objects: [][]string{object(ed.path)}})
		}
		units[i].edits = append(units[i].edits, ed)
		if len(ed.other) > 0 {
			other := object(ed.other)
			if _, known := at[key(other)]; !known {
				at[key(other)] = i
				units[i].objects = append(units[i].objects, other)
			}
		}
	}
	return units
}

// applier finds out which unit goes to which configuration.
type applier struct {
	configs  map[string]*Config
	names    []string
	units    []unit
	chosen   map[string][]bool // by configuration: the units it takes
	problems place.Problems
}

// choose gives unit i to the configurations that contain what it edits.
func (a *applier) choose(i int) {
	u := a.units[i]
	taken, had := 0, false
	var nearest place.Problems
	for _, name := range a.names {
		if found, _ := a.configs[name].root.find(u.objects[0]); len(found) == 0 {
			continue
		}
		had = true
		e := editor{root: a.configs[name].root.part(u.objects)}
		for _, ed := range u.edits {
			e.apply(ed)
		}
		switch {
		case len(e.problems) == 0:
			a.chosen[name][i] = true
			taken++
		case e.missed == len(e.problems) && e.hit == 0:
			nearest = e.problems
		default:
			for _, p := range e.problems {
				a.problems.Addf(p.Pos, "%s: %s", name, p.Text)
			}
			taken++
		}
	}
	switch {
	case taken > 0 || !had && u.creates() && (u.defines("policy-options") || len(a.names) == 1):
	case had:
		for _, p := range nearest {
			a.problems.Addf(p.Pos, "no configuration contains what is edited: %s", p.Text)
		}
	default:
		a.problems.Addf(u.edits[0].pos, "no configuration contains %q", join(u.objects[0], false))
	}
}

// spread gives new objects and definitions to the other configurations that the patch edits.
func (a *applier) spread() {
	touched := map[string]bool{}
	for _, name := range a.names {
		for i, u := range a.units {
			if a.chosen[name][i] && !(u.creates() && u.definition()) {
				touched[name] = true
			}
		}
	}
	for i, u := range a.units {
		taken := slices.ContainsFunc(a.names, func(name string) bool { return a.chosen[name][i] })
		if !u.creates() || taken && !u.definition() {
			continue
		}
		for _, name := range a.names {
			found, _ := a.configs[name].root.find(u.objects[0])
			if len(found) == 0 && (touched[name] || len(touched) == 0 && !taken) {
				a.chosen[name][i] = true
			}
		}
	}
}

// creates says that the unit could make its object: nothing it edits must be there.
func (u unit) creates() bool {
	return !slices.ContainsFunc(u.edits, func(ed edit) bool { return ed.verb != "set" && ed.verb != "replace" && !ed.loose })
}

// defines says that the object stands below that keyword at the top.
func (u unit) defines(top string) bool { return u.objects[0][0] == top && len(u.objects[0]) == 3 }

// definition says that the object is something policies refer to.
func (u unit) definition() bool {
	return u.defines("policy-options") && u.objects[0][1] != "policy-statement"
}

// apply applies the chosen units.
func (a *applier) apply() (map[string]*Config, []string, error) {
	out := make(map[string]*Config, len(a.configs))
	var touched []string
	for _, name := range a.names {
		out[name] = a.configs[name]
		if !slices.Contains(a.chosen[name], true) {
			continue
		}
		e := editor{root: a.configs[name].root.clone()}
		for i, u := range a.units {
			if a.chosen[name][i] {
				for _, ed := range u.edits {
					e.apply(ed)
				}
			}
		}
		c, err := e.finish(a.configs[name].File)
		a.problems.Add(place.Pos{File: name}, err)
		out[name] = c
		touched = append(touched, name)
	}
	if err := a.problems.Err(); err != nil {
		return nil, nil, err
	}
	return out, touched, nil
}

// part returns a copy of the configuration with these objects alone.
func (it *item) part(objects [][]string) *item {
	root := &item{pos: it.pos}
	for _, o := range objects {
		found, _ := it.find(o)
		if len(found) == 0 {
			continue
		}
		at := root
		if n := len(o) - 1; n > 0 {
			at = root.add(o[:n:n], it.pos)
		}
		if at.child(o[len(o)-1]) == nil && !at.whole {
			at.insert(found[0].clone(), at.last)
		}
	}
	return root
}
