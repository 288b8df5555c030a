//go:build linux

package netns

import "github.com/closlab/closlab/harness/speaker"

// install has those routers of FRR's write their routes once more whose kernels lack some that they should forward by.
func (r *Runtime) install() error {
	told := map[*node]bool{}
	for _, d := range r.differences {
		n := r.byName[d.Node]
		if d.What != "forwarding table" || d.Present != nothing || n.Engine != speaker.FRR || told[n] {
			continue
		}
		told[n] = true
		r.note("%s was told to write its routes into the kernel once more, as it rested without one: %s", n.Name, d)
		if err := n.speaker.Install(); err != nil {
			return err
		}
	}
	return nil
}
