package candidate

import (
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// Halfway is a state that a router is in while a candidate's lines are typed into it one after the other.
type Halfway struct {
	Pos    place.Pos
	Line   string         // that took effect last; "" before the first
	Fabric *fabric.Fabric // with that on every node of Order; nil if closlab cannot tell
}

// When says between which lines that is.
func (h *Halfway) When() string {
	if h.Line == "" {
		return "before the first line of " + h.Pos.File
	}
	return fmt.Sprintf("after line %d: %s", h.Pos.Line, h.Line)
}

// Halfway yields the states between lines that are typed: bgpd runs each as soon as it is told, for every route that comes then, and for all
// others when its route-map delay timer ends (FRR, bgp route-map delay-timer). Other candidates take effect at once, and have none. The
// error says why closlab cannot tell what a state is.
func (b *Base) Halfway(c *Candidate) iter.Seq2[*Halfway, error] {
	return func(yield func(*Halfway, error) bool) {
		for i, name := range c.Files {
			if c.texts[name].frr == nil {
				continue
			}
			for _, s := range c.texts[name].frr.Stops() {
				f, err := b.stop(c, i, s)
				if !yield(&Halfway{s.Pos, s.Line, f}, err) {
					return
				}
			}
		}
	}
}

// stop returns the fabric with every changing node at a stop of file i. The files before are as they are to be, those behind as they were.
func (b *Base) stop(c *Candidate, i int, s frr.Stop) (*fabric.Fabric, error) {
	now, err := readFRR(s.Text)
	if err != nil {
		return nil, err
	}
	configs := maps.Clone(b.Configs)
	for _, done := range c.Files[:i] {
		configs[done] = c.Configs[done]
	}
	configs[c.Files[i]] = now
	if _, problems := b.last(c, configs); len(problems) > 0 {
		return nil, problems.Err()
	}
	f := b.Fabric.Clone()
	err = bind(f, func(node string) map[string]*Config {
		if slices.Contains(c.Order, node) {
			return configs
		}
		return b.Configs
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}
