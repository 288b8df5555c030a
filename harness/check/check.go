package check

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
)

// Check is a named claim about a fabric.
type Check struct {
	Name string

	needs func(*fabric.Fabric) observe.Request
	judge func(*fabric.Fabric, *observe.Snapshot) []Finding
}

// Judge returns what the snapshot says of the claim: at least one finding. Without a claim or a snapshot that is Unknown.
func (c Check) Judge(f *fabric.Fabric, s *observe.Snapshot) []Finding {
	var out []Finding
	switch {
	case c.judge == nil:
		out = unknown("no claim", "one")
	case s == nil:
		out = unknown("no snapshot", "one")
	default:
		out = c.judge(f, s)
	}
	if len(out) == 0 {
		out = unknown("nothing was judged", "something to judge")
	}
	for i := range out {
		out[i].Check = c.Name
	}
	return out
}

// Of returns the checks of a fabric's own invariants and, where it has routers that keep the oldest of equal paths or sessions that end with too many
// routes, whether that matters.
func Of(f *fabric.Fabric) []Check {
	out := OfInvariants(f.Invariants)
	if len(out) > 0 && slices.ContainsFunc(f.Nodes, func(n *fabric.Node) bool { return n.Oldest }) {
		out = append(out, Foretold())
	}
	if len(out) > 0 && slices.ContainsFunc(f.Sessions, func(s *fabric.Session) bool { return s.Limit != [2]fabric.Limit{} }) {
		out = append(out, Limits())
	}
	return out
}

// OfInvariants returns one check an invariant, with its name. One that does not make exactly one claim is Unknown.
func OfInvariants(invariants []*fabric.Invariant) []Check {
	var out []Check
	for _, i := range invariants {
		var c Check
		switch claims := claims(i); len(claims) {
		case 0: // a check without a claim
		case 1:
			c = claims[0]
		default:
			c.judge = func(*fabric.Fabric, *observe.Snapshot) []Finding {
				return unknown(fmt.Sprintf("%d claims in one invariant", len(claims)), "one")
			}
		}
		c.Name = i.Name
		out = append(out, c)
	}
	return out
}

func claims(i *fabric.Invariant) []Check {
	var out []Check
	if i.Sessions != nil {
		out = append(out, SessionsUp(i.Sessions.At...))
	}
	if i.Reach != nil {
		out = append(out, reach(*i.Reach))
	}
	if i.Present != nil {
		out = append(out, present(*i.Present))
	}
	if i.Only != nil {
		out = append(out, only(*i.Only))
	}
	if i.Load != nil {
		out = append(out, Load(i.Load.Services, i.Load.Within))
	}
	if i.Spread != nil {
		out = append(out, spread(*i.Spread))
	}
	return out
}

// RequestOf returns what has to be observed for the checks, each thing once.
func RequestOf(f *fabric.Fabric, checks ...Check) observe.Request {
	var out observe.Request
	trips := map[tripKey]bool{}
	for _, c := range checks {
		if c.needs == nil {
			continue
		}
		r := c.needs(f)
		out.Sample = max(out.Sample, r.Sample)
		for _, t := range r.Trips {
			if !trips[keyOf(t)] {
				trips[keyOf(t)] = true
				out.Trips = append(out.Trips, t)
			}
		}
		for _, x := range r.Flows {
			if !slices.Contains(out.Flows, x) {
				out.Flows = append(out.Flows, x)
			}
		}
		for _, s := range r.Services {
			if !slices.Contains(out.Services, s) {
				out.Services = append(out.Services, s)
			}
		}
	}
	return out
}

func unknown(got, want string) []Finding { return []Finding{{Status: Unknown, Got: got, Want: want}} }

func ok(got, want string) []Finding { return []Finding{{Status: OK, Got: got, Want: want}} }
