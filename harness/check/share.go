package check

import (
	"fmt"
	"math"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/multimog"
	"github.com/closlab/closlab/harness/observe"
)

// overloads returns which colos, as Node, get another share than their capacity's or more than it, or may by chance, and which servers
// of the other colos surely more than theirs.
func overloads(f *fabric.Fabric, v *fabric.Service, l counted, within float64) []Finding {
	var out []Finding
	strays := make([]float64, len(l.Servers))
	if l.Flows > 0 {
		strays = multimog.Strays(served(l.Servers), l.Flows, loadConfidence)
	}
	for i, c := range l.Colos {
		if c.Share == 0 && c.Want == 0 {
			continue
		}
		if x := judgeShare(l, c, l.strays[i], within); x.Status != OK {
			if need := flowsFor(f, v, within); x.Status == Unknown && l.Flows < need {
				x.Got = fmt.Sprintf("%d flows cannot support a tolerance of %g %% at %.0f %% offered load: count %d; %s", l.Flows, within, 100*l.Offered, need, x.Got)
			}
			out = append(out, x)
			continue
		}
		for j, s := range l.Servers {
			k := slices.IndexFunc(f.Colos, func(x *fabric.Colo) bool { return x.Name == c.Name })
			if k < 0 || !slices.Contains(f.Colos[k].Servers, s.Name) || s.Share == 0 {
				continue
			}
			if full := max(s.Utilisation, l.Offered*s.Share/s.Want); side(full, 1+rounding, full*strays[j]) == Broken {
				out = append(out, Finding{Status: Broken, Node: s.Name, weight: full, Got: "server " + s.Name + gets(l, s, full)})
			}
		}
	}
	return out
}

// judgeShare judges the share of a colo, which may be off by a part of itself. Factor and Utilisation are held against the shares that
// they come from.
func judgeShare(l counted, c observe.Share, stray, within float64) Finding {
	factor := c.Share / c.Want
	full := max(c.Utilisation, l.Offered*factor)
	share := side(max(math.Abs(factor-1), math.Abs(c.Factor-1)), within/100, factor*stray)
	capacity := side(full, 1+rounding, full*stray)
	out := Finding{Node: c.Name, weight: full, Got: "colo " + c.Name + gets(l, c, full)}
	switch {
	case share == Broken || capacity == Broken:
		out.Status = Broken
	case share == Unknown:
		out.Got += fmt.Sprintf("; by chance that may be %.1f %% more or less, so it is open whether it is within %g %%", 100*c.Share*stray, within)
	case capacity == Unknown:
		out.Got += fmt.Sprintf("; by chance that may be %.1f %% more or less, so it is open whether it is above its capacity", 100*full*stray)
	default:
		out.Status = OK
	}
	return out
}

// gets is what a colo or server gets, in words.
func gets(l counted, s observe.Share, full float64) string {
	out := fmt.Sprintf(" gets %.1f %% of the load with %.1f %% of the capacity: %.0f %% utilised at %.0f %% offered load",
		100*s.Share, 100*s.Want, 100*full, 100*l.Offered)
	if l.Flows > 0 && s.Dropped > 0 {
		out += fmt.Sprintf(", %.0f of %d flows dropped", s.Dropped*float64(l.Flows), l.Flows)
	}
	return out
}

// side returns OK for a value up to the limit, Broken for one above or that is no number, and Unknown if the error leaves that open.
func side(value, limit, err float64) Status {
	switch {
	case value+err <= limit:
		return OK
	case value-err <= limit:
		return Unknown
	}
	return Broken
}
