package check

import (
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

// Judge returns what the snapshot says of the claim: at least one finding.
func (c Check) Judge(f *fabric.Fabric, s *observe.Snapshot) []Finding {
	out := c.judge(f, s)
	if len(out) == 0 {
		out = unknown("nothing was judged", "something to judge")
	}
	for i := range out {
		out[i].Check = c.Name
	}
	return out
}

// Of returns the checks of a fabric's own invariants.
func Of(f *fabric.Fabric) []Check { return OfInvariants(f.Invariants) }

// OfInvariants returns one check an invariant, with its name.
func OfInvariants(invariants []*fabric.Invariant) []Check {
	var out []Check
	for _, i := range invariants {
		var c Check
		switch {
		case i.Sessions != nil:
			c = SessionsUp(i.Sessions.At...)
		case i.Reach != nil:
			c = reach(*i.Reach)
		case i.Present != nil:
			c = present(*i.Present)
		case i.Only != nil:
			c = only(*i.Only)
		case i.Load != nil:
			c = Load(i.Load.Services, i.Load.Within)
		case i.Spread != nil:
			c = spread(*i.Spread)
		default:
			c.judge = func(*fabric.Fabric, *observe.Snapshot) []Finding { return unknown("no claim", "one") }
		}
		c.Name = i.Name
		out = append(out, c)
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
