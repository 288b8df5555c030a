//go:build linux

package clab

import (
	"context"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/daemons"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/speaker"
)

// The images of nodes that name none: FRR with what it takes to look around, and the latter alone.
const (
	frrImage  = fabric.FRRImage
	bareImage = "closlab/router:latest"
)

// imageOf returns the image of a node.
func imageOf(n *fabric.Node) string {
	if n.Image != "" {
		return n.Image
	}
	return StandIn(n)
}

// StandIn returns the image of a node that names none.
func StandIn(n *fabric.Node) string {
	if n.Role == fabric.Router && n.Engine == speaker.FRR {
		return frrImage
	}
	return bareImage
}

// sourcesOf returns the images of the fabrics' nodes, and of each what it was made of: foreign if that is not known, and "" if it is not there.
func sourcesOf(life context.Context, fabrics ...*fabric.Fabric) (names, sources []string, err error) {
	var problems place.Problems
	for _, f := range fabrics {
		for _, n := range f.Nodes {
			name := imageOf(n)
			if !fabric.ImageLike(name) {
				problems.Addf(n.Pos, "node %s: %q is no image such as quay.io/frrouting/frr:10.3.0", n.Name, name)
			}
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(problems) > 0 {
		return nil, nil, problems
	}
	there, err := drive(life, nil, append([]string{"images"}, names...)...)
	return names, strings.Split(string(there), "\n"), err
}

// images makes sure that the images of the nodes are there. Those that are made of this machine's programs are made anew when these are others;
// the error tells which others are missing.
func images(life context.Context, f *fabric.Fabric) error {
	names, sources, err := sourcesOf(life, f)
	if err != nil {
		return err
	}
	var problems place.Problems
	for i, name := range names {
		switch made := recipes[name]; {
		case made == nil && sources[i] == "":
			for _, n := range f.Nodes {
				if imageOf(n) == name {
					problems.Addf(n.Pos, "node %s: image %s is not on this machine, and closlab pulls none unless it is asked to: docker pull %s, or --pull of closlab gate, lab up and lab check", n.Name, name, name)
				}
			}
		case made == nil || sources[i] == foreign:
		default:
			if problem := made.unless(life, name, sources[i]); problem != nil {
				return fmt.Errorf("image %s: %w", name, problem)
			}
		}
	}
	return problems.Err()
}

// compare holds the images of the lab's containers, as the driver lists them, against those that ran under the same names before. The error names one whose tag
// has been moved since: what was judged is not what runs, and there is no way back to it.
func (g *ground) compare(list []byte) error {
	all, err := listed(list)
	if err != nil {
		return err
	}
	for _, n := range g.plot.Fabric.Nodes {
		i := slices.IndexFunc(all, func(c container) bool { return c.Name == g.Prefix(g.plot.Lab)+n.Name })
		if i < 0 {
			continue
		}
		name := imageOf(n)
		if recipes[name] != nil {
			continue // any closlab may have made it anew
		}
		if was := g.images[name]; was != "" && was != all[i].ImageID {
			return fmt.Errorf("image %s is not what it was when this lab first ran it (%.19s, now %.19s): its tag was moved: move it back, or bring the lab up anew",
				name, was, all[i].ImageID)
		}
		g.images[name] = all[i].ImageID
	}
	return nil
}

// foreign is what the driver says of an image that closlab has not made.
const foreign = "-"

// Images makes the images of nodes that name none, of this machine's programs.
func Images(ctx context.Context, say func(name string)) error {
	for _, name := range []string{frrImage, bareImage} {
		if name == frrImage && daemons.Installed() != nil {
			continue
		}
		if err := recipes[name].unless(ctx, name, ""); err != nil {
			return fmt.Errorf("image %s: %w", name, err)
		}
		say(name)
	}
	return nil
}

// unless makes the image unless it has been made of the same already.
func (r *recipe) unless(ctx context.Context, name, made string) error {
	source, err := r.source()
	if err != nil || source == made {
		return err
	}
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(r.tar(writer)) }()
	defer reader.Close()
	_, err = drive(ctx, reader, append([]string{"import", name, "LABEL closlab-source=" + source}, r.config...)...)
	return err
}

// static returns an error if this binary needs libraries that containers do not have.
func static() error {
	f, err := elf.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer f.Close()
	if slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		exe, _ := os.Executable()
		return fmt.Errorf("%s is linked with this machine's libraries, which containers lack: build it with CGO_ENABLED=0, as make build does", exe)
	}
	return nil
}
