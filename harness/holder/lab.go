//go:build linux

package holder

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/lab"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// Lab is a fabric alive that can be asked. Its requests are carried out one at a time.
type Lab struct {
	base    *candidate.Base
	runtime *netns.Runtime
	lab     *lab.Lab
	images  []candidate.Image // that were applied and not rolled back, one a node
	turn    chan struct{}     // holds one while a request is carried out
}

// New returns the lab of a fabric that the runtime has started, as it was loaded.
func New(base *candidate.Base, r *netns.Runtime) *Lab {
	return &Lab{base: base, runtime: r, lab: lab.New(base.Fabric, r), turn: make(chan struct{}, 1)}
}

// Settle waits until the routers are at rest. The error says that they do not come to rest, or which sessions are not up then, of those
// that are predicted to be: the lab is not the fabric without them.
func (l *Lab) Settle(ctx context.Context) error {
	if err := l.runtime.Settle(ctx); err != nil {
		return err
	}
	var down []error
	for _, d := range l.runtime.Differences() {
		if d.What == "session" {
			down = append(down, errors.New(d.String()))
		}
	}
	return errors.Join(down...)
}

// do carries out a request and tells progress what it is doing.
func (l *Lab) do(ctx context.Context, q Request, progress func(string)) *Answer {
	a := &Answer{Fabric: l.base.Fabric.Name}
	var err error
	switch q.Op {
	case Apply:
		err = l.apply(ctx, q, a, progress)
	case Rollback:
		err = l.rollback(ctx, a, progress)
	case Check:
		a.Findings, err = Judge(ctx, l.base, l.runtime, progress)
	default:
		a.Input, err = true, fmt.Errorf("no such request: %q", q.Op)
	}
	if err != nil {
		a.Error = err.Error()
	}
	return a
}

// apply rolls a candidate out in its order, on the nodes of the request, and settles after each.
func (l *Lab) apply(ctx context.Context, q Request, a *Answer, progress func(string)) error {
	c, err := l.base.With(q.Candidate)
	if err == nil {
		var problems place.Problems
		for _, n := range q.Nodes {
			if !slices.Contains(c.Order, n) {
				problems.Addf(place.Pos{File: q.Candidate}, "does not change %s: it changes %s", n, strings.Join(c.Order, ", "))
			}
		}
		err = problems.Err()
	}
	if err != nil {
		a.Input = true
		return err
	}
	for _, u := range c.Unjudged {
		a.Notes = append(a.Notes, u.Error())
	}
	for _, n := range c.Order {
		if len(q.Nodes) > 0 && !slices.Contains(q.Nodes, n) {
			continue
		}
		progress("applying " + c.Path + " to " + n)
		images := l.reimage(n, c.Images)
		if err := l.lab.Apply(ctx, c.After, n); err != nil {
			return err
		}
		s := l.step(n)
		s.Images = images
		a.Steps = append(a.Steps, s)
	}
	return nil
}

// reimage notes which image of these a node has, or that it has its own, and returns what that changes.
func (l *Lab) reimage(node string, images []candidate.Image) []candidate.Image {
	of := func(i candidate.Image) bool { return i.Node == node }
	was, is := slices.IndexFunc(l.images, of), slices.IndexFunc(images, of)
	var out []candidate.Image
	if was >= 0 {
		i := l.images[was]
		out = []candidate.Image{{Node: node, Was: i.Is, Is: i.Was}}
		l.images = slices.Delete(l.images, was, was+1)
	}
	if is >= 0 {
		l.images = append(l.images, images[is])
		out = images[is : is+1]
	}
	return out
}

// rollback gives every changed router its own policies back, and its own image.
func (l *Lab) rollback(ctx context.Context, a *Answer, progress func(string)) error {
	nodes := l.lab.Applied()
	if len(nodes) == 0 {
		return nil
	}
	slices.Reverse(nodes)
	progress("rolling back " + strings.Join(nodes, ", "))
	if err := l.lab.Rollback(ctx); err != nil {
		return fmt.Errorf("%w: once that is mended roll back again, or end the lab with closlab lab down and bring it up anew", err)
	}
	s := l.step(nodes...)
	for _, n := range nodes {
		s.Images = append(s.Images, l.reimage(n, nil)...)
	}
	a.Steps = []Step{s}
	return nil
}

// step returns the state that the lab has settled in.
func (l *Lab) step(nodes ...string) Step {
	s := Step{Nodes: nodes}
	for _, d := range l.runtime.Differences() {
		s.Differences = append(s.Differences, d.String())
	}
	return s
}

// AsPredicted is the name of what Judge adds to a fabric's own checks.
const AsPredicted = "as-predicted"

// Judge waits until the lab is at rest, observes it, and returns what the fabric's own checks find; and, first, whether the lab is where
// the simulation of the same fabric is. Progress is told what is being done. The error is what keeps it from telling.
func Judge(ctx context.Context, base *candidate.Base, r *netns.Runtime, progress func(string)) ([]check.Finding, error) {
	progress(r.Name + ": settling")
	if err := r.Settle(ctx); err != nil {
		return nil, err
	}
	progress(r.Name + ": observing")
	checks := check.Of(base.Fabric)
	req := check.RequestOf(base.Fabric, checks...)
	s, err := r.Observe(req)
	if err != nil {
		return nil, err
	}
	predicted, err := r.Predict(observe.Request{Services: req.Services})
	if err != nil {
		return nil, err
	}
	f := check.Finding{Check: AsPredicted, Status: check.OK, Got: "sessions, routes, forwarding tables and loads as predicted", Want: "what sim predicts"}
	var d []string
	for _, x := range r.Differences() {
		d = append(d, x.String())
	}
	if d = append(d, check.Disagreements(predicted, s)...); len(d) > 0 {
		f.Status, f.Got = check.Unknown, d[0]
		if len(d) > 1 {
			f.Got += fmt.Sprintf(" (and %d more differences)", len(d)-1)
		}
	}
	findings := []check.Finding{f}
	for _, c := range checks {
		findings = append(findings, c.Judge(base.Fabric, s)...)
	}
	return findings, nil
}
