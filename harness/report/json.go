package report

import (
	"encoding/json"
	"io"
	"math"
	"net/netip"

	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// JSON writes the verdict as one indented JSON document.
func JSON(w io.Writer, v *gate.Verdict) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(toJSON(v))
}

// images returns which nodes get which other images.
func images(v *gate.Verdict) map[string]string {
	out := map[string]string{}
	for _, i := range v.Images {
		out[i.Node] = i.Is
	}
	return out
}

func toJSON(v *gate.Verdict) verdictJSON {
	out := verdictJSON{
		Schema: Schema, Verdict: v.Outcome.String(), Unknown: v.Unknowns, Fabric: v.Fabric,
		Evidence: evidenceJSON{Basis: "predicted", Runtime: v.Evidence.Runtime, Engines: []string{}, Versions: []string{}, Seed: v.Evidence.Seed,
			Opaque: v.Evidence.Opaque, Notes: v.Evidence.Notes},
		Candidate: candidateJSON{v.Candidate, v.Why, v.Files, v.Order, v.LeftOut, images(v)},
		Causes:    []causeJSON{}, Findings: []findingJSON{}, Lint: []problemJSON{}, Static: []changeJSON{}, Routes: []routesJSON{}, Load: []loadJSON{},
		Transient: transient(v.Transients), Timing: map[string]float64{}, Rollback: rollbackJSON{v.Restored},
	}
	if v.Evidence.Observed != "" {
		out.Evidence.observed(v.Evidence.Observed)
	}
	for _, c := range v.Causes {
		out.Causes = append(out.Causes, causeJSON{c.Effect.String(), c.What, c.Advice, reasons(c.Because), c.Sessions, c.Prefixes, c.Routes})
	}
	for _, s := range v.Steps {
		for _, f := range s.Findings {
			out.Findings = append(out.Findings, finding(s.Name, f))
		}
	}
	for _, l := range v.Lint {
		out.Lint = append(out.Lint, problemJSON{l.Pos.File, l.Pos.Line, l.Severity.String(), l.Text})
	}
	for _, c := range v.Changes {
		out.Static = append(out.Static, change(v, c))
	}
	out.Witnesses = witnesses(v)
	for _, m := range v.Moved {
		r := routesJSON{Session: observe.SessionName(m.Node, m.Peer), Before: m.Before, After: m.After,
			Withdrawn: prefixes(m.Withdrawn), Added: prefixes(m.Added), Changed: []attributesJSON{}}
		for _, a := range m.Changed {
			r.Changed = append(r.Changed, attributesJSON{a.Before.Prefix, a.Before.String(), a.After.String()})
		}
		out.Routes = append(out.Routes, r)
	}
	if s := loads(v); s != nil {
		for _, l := range s.Loads {
			out.Load = append(out.Load, loadJSON{l.Service, string(l.Phase), l.Flows, l.Pool, round(l.Offered), round(l.Lost), round(l.Dropped),
				round(l.Unanswered), shares(l.Colos), shares(l.Servers)})
		}
	}
	if s := v.Final; s != nil {
		out.Reach = reach(s.Trips)
	}
	for _, p := range v.Timing {
		out.Timing[p.Name] += p.Took.Seconds()
	}
	return out
}

// loads returns the snapshot whose loads are told: what was observed with the candidate on every node, or else what is predicted.
func loads(v *gate.Verdict) *observe.Snapshot {
	if v.Seen != nil {
		return v.Seen
	}
	return v.Final
}

// FindingsJSON writes the judgement of a fabric without a candidate.
func FindingsJSON(w io.Writer, fabric string, fs []check.Finding) error {
	out := struct {
		Schema   string        `json:"schema"`
		Fabric   string        `json:"fabric"`
		Findings []findingJSON `json:"findings"`
	}{"closlab/findings/v1", fabric, []findingJSON{}}
	for _, f := range fs {
		out.Findings = append(out.Findings, finding("baseline", f))
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

func finding(step string, f check.Finding) findingJSON {
	return findingJSON{f.Check, f.Status.String(), step, f.Node, f.Session, f.Prefix, f.Got, f.Want, reasons(f.Because)}
}

func reasons(rs []check.Reason) []reasonJSON {
	out := make([]reasonJSON, len(rs))
	for i, r := range rs {
		out[i] = reasonJSON{r.Pos.File, r.Pos.Line, r.Policy, r.Term, r.Text}
	}
	return out
}

func change(v *gate.Verdict, c *gate.Change) changeJSON {
	out := changeJSON{Direction: c.Direction.String(), Sessions: sessions(c), Classes: []classJSON{}}
	for i, cl := range c.Difference.Classes {
		j := classJSON{Kind: cl.Kind.String(), Text: cl.String(), Witness: cl.Witness.Route.String(), Before: cl.Before.By(), After: cl.After.By()}
		for _, ch := range cl.Changes {
			j.Changes = append(j.Changes, ch.String())
		}
		for _, u := range v.Unexercised {
			j.Injected = j.Injected || u.Change == c && u.Class == i && u.Injected
		}
		out.Classes = append(out.Classes, j)
	}
	return out
}

func sessions(c *gate.Change) []string {
	var out []string
	for _, s := range c.Sessions {
		out = append(out, observe.SessionName(s.Node, s.Peer))
	}
	return out
}

func prefixes(rs []policy.Route) []netip.Prefix {
	out := make([]netip.Prefix, len(rs))
	for i, r := range rs {
		out[i] = r.Prefix
	}
	return out
}

func shares(ss []observe.Share) []shareJSON {
	out := make([]shareJSON, len(ss))
	for i, s := range ss {
		out[i] = shareJSON{s.Name, round(s.Landed), round(s.Share), round(s.Dropped), round(s.Want), round(s.Factor), round(s.Utilisation)}
	}
	return out
}

// round keeps six decimals, so that the same verdict is the same text on every machine.
func round(x float64) float64 { return math.Round(x*1e6) / 1e6 }

func reach(trips []observe.Trip) *reachJSON {
	out := &reachJSON{Tried: len(trips), At: []lostJSON{}}
	for _, t := range trips {
		if t.Arrived() {
			continue
		}
		out.Lost++
		w := t.Out
		if w.Ending == observe.Delivered {
			w = t.Back
		}
		known := false
		for i := range out.At {
			if out.At[i].Node == w.At() && out.At[i].Ending == w.Ending.String() {
				out.At[i].Pairs++
				known = true
			}
		}
		if !known {
			out.At = append(out.At, lostJSON{w.At(), w.Ending.String(), 1})
		}
	}
	return out
}
