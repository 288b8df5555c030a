package gate

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/runtime/sim"
	"github.com/closlab/closlab/harness/stage"
)

// play is the stage, live and simulated side by side: what the live routers do with witnesses is compared with what the policies and
// the simulation say.
type play struct {
	*gate
	on      []*fabric.Session
	routers *Live
	model   *sim.Sim
}

// raise brings up a stage for what can be observed on one; nil if that is nothing.
func (g *gate) raise() (*play, error) {
	g.v.Staged = g.cast()
	p := &play{gate: g, on: room(g.v.Staged, g.cand.After)}
	if len(p.on) == 0 {
		return nil, nil
	}
	f := stage.Fabric(g.renewed(), p.on)
	live, err := g.opt.Start(f)
	if err != nil {
		return nil, fmt.Errorf("observation: stage of witness routes: %w", err)
	}
	p.routers, p.model = live, sim.New(f, g.opt.Seed)
	return p, nil
}

// perform shows all witnesses to the routers with the baseline's policies, then with the candidate's.
func (p *play) perform() error {
	rounds := p.rounds()
	for i, f := range []*fabric.Fabric{p.base.Fabric, p.cand.After} {
		when := [...]string{"with the baseline", "with the candidate"}[i]
		if i > 0 {
			if err := p.change(stage.Fabric(f, p.on)); err != nil {
				return fmt.Errorf("observation: stage %s: %w", when, err)
			}
		}
		for _, round := range rounds {
			if err := p.show(round, when, f); err != nil {
				return fmt.Errorf("observation: stage %s: %w", when, err)
			}
		}
	}
	for _, x := range p.v.Staged {
		x.Observed = x.Why == ""
	}
	return nil
}

// rounds returns which witnesses are on the stage together.
func (p *play) rounds() [][]*Staged {
	var ws []*stage.Witness
	of := map[*stage.Witness]*Staged{}
	for _, x := range p.v.Staged {
		if x.Why == "" {
			ws, of[&x.Witness] = append(ws, &x.Witness), x
		}
	}
	var out [][]*Staged
	for _, r := range stage.Rounds(ws) {
		var list []*Staged
		for _, w := range r {
			list = append(list, of[w])
		}
		out = append(out, list)
	}
	return out
}

// change gives all routers on the stage, other than stubs, the policies they have in f.
func (p *play) change(f *fabric.Fabric) error {
	var done []string
	for _, s := range p.on {
		if slices.Contains(done, s.Node) {
			continue
		}
		done = append(done, s.Node)
		if err := p.routers.Apply(f, s.Node); err != nil {
			return err
		}
		if err := p.model.Apply(f, s.Node); err != nil {
			return err
		}
	}
	return nil
}

// show puts witnesses on the stage and compares what becomes of them. What the runtime cannot inject is only predicted.
func (p *play) show(round []*Staged, when string, f *fabric.Fabric) error {
	for _, x := range round {
		if x.Why != "" {
			continue
		}
		node, r := x.Place()
		if err := p.routers.Inject(node, "", r); err != nil {
			x.Why = err.Error()
		} else if err := p.model.Inject(node, "", r); err != nil {
			return err
		}
	}
	if err := p.routers.Settle(p.ctx); err != nil {
		return err
	}
	if err := p.model.Settle(p.ctx); err != nil {
		return err
	}
	predicted, err := p.model.Observe(observe.Request{})
	if err != nil {
		return err
	}
	seen, err := p.routers.see(observe.Request{})
	if err != nil {
		return err
	}
	told := false
	for _, x := range round {
		if x.Why == "" {
			told = p.compare(x, when, f, predicted, seen) || told
		}
	}
	d := p.differences(predicted, seen)
	if len(d) == 0 {
		d = p.routers.Differences()
	}
	if len(d) > 0 && !told {
		p.disagree("stage of witness routes %s: %s (%d differences)", when, d[0], len(d))
	}
	return nil
}

// compare says where what became of a witness differs from what was predicted, and reports whether it does.
func (p *play) compare(x *Staged, when string, f *fabric.Fabric, predicted, seen *observe.Snapshot) bool {
	by := x.result(f, predicted)
	differ := func(where string, want, got any) bool {
		x.Why = "prediction and observation disagree"
		p.disagree("witness %s on %s, %s, %s: %s: predicted %s, observed %s", x.Route, x.Name(), when, by.By(), where, want, got)
		return true
	}
	want, got := x.Trail(predicted), x.Trail(seen)
	for i := range want {
		if !want[i].Same(got[i]) {
			return differ(want[i].Where, want[i], got[i])
		}
	}
	offered, decided := got[stage.Offered], got[stage.Decided]
	accepted := by.Decision == policy.Accept
	switch {
	case !x.Meets(offered):
		x.Why = fmt.Sprintf("it cannot be brought before the policy: %s, it is %s", offered.Where, offered)
	case accepted == decided.There:
	case accepted && x.Direction == policy.Export:
		x.Why = "BGP itself keeps it from the neighbour, whatever the policy says"
	default:
		return differ(decided.Where, by.Decision, decided)
	}
	return false
}

// result returns what the policy that the session has in f says of the witness.
func (x *Staged) result(f *fabric.Fabric, on *observe.Snapshot) policy.Result {
	fam := fabric.FamilyOf(x.Route.Prefix.Addr())
	i := slices.IndexFunc(f.Sessions, func(s *fabric.Session) bool { return s.Node == x.Session.Node && s.Peer == x.Session.Peer })
	chain := f.Sessions[i].Out[fam]
	if x.Direction == policy.Import {
		chain = f.Sessions[i].In[fam]
	}
	return policy.Apply(chain, x.Route, policy.Env{Direction: x.Direction, Peer: x.Session.Remote[fam], Exists: holds(on.Tables[x.Session.Node])})
}
