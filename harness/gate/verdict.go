package gate

import (
	"strings"
	"time"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/place"
)

// Outcome is what the gate says. Its zero value is Unknown: an unfinished gate can never look like success.
type Outcome uint8

const (
	Unknown Outcome = iota
	Pass
	Reject
)

func (o Outcome) String() string { return [...]string{"unknown", "pass", "reject"}[o] }

// Verdict is the gate's answer with all its evidence.
type Verdict struct {
	Outcome   Outcome
	Unknowns  []string // why closlab could not tell; none unless something kept it from telling
	Fabric    string
	Candidate string
	Why       string // what the candidate's author says
	Files     []string
	Images    []candidate.Image
	Order     []string

	Evidence    Evidence
	Lint        []place.Finding // that the candidate brings in
	Changes     []*Change       // static: by pair of chains
	Unexercised []Unexercised   // changed classes that no route of the fabric is in
	Claims      []Claim         // prefixes of our own that a peer could newly claim
	Staged      []*Staged       // both by session, if they were to be observed
	LeftOut     []string        // nodes that run a changed file and that the candidate is not meant for
	Steps       []Step
	Transients  []Transient // in order; none if nothing was probed
	Causes      []*Cause    // why what moved moved, worst first

	Baseline *observe.Snapshot
	Final    *observe.Snapshot // with the candidate on every node, before the roll-back
	Seen     *observe.Snapshot // the same, observed; nil if it was not
	Moved    []Movement        // Baseline to Final
	Restored bool              // the roll-back brought the baseline back
	Timing   []Phase
}

// Evidence says what the verdict rests on.
type Evidence struct {
	Runtime  string // "sim"
	Seed     uint64
	Opaque   []string // routers whose configurations closlab does not read, "spine1 (arista_ceos)": then nothing is predicted
	Observed string   // runtime and engine with its version, "netns gobgp 4.8.0"; "" if nothing was observed
	Notes    []string // what live routers were told besides the candidate, and why; and what of them was not probed
}

func (e Evidence) String() string {
	out := "predicted: " + e.Runtime
	if len(e.Opaque) > 0 {
		out = "not predicted: " + strings.Join(e.Opaque, ", ")
	}
	if e.Observed != "" {
		out += ", observed: " + e.Observed
	}
	return out
}

// rolledBack is the name of the state after the roll-back.
const rolledBack = "rolled back"

// Step is one state of the roll-out, judged.
type Step struct {
	Name     string // "spine1 (1 of 2)", "spine1 (1 of 2), after line 3: no ip prefix-list RACKS", "rolled back"
	Node     string // the node that has the candidate since this step; "" if none
	Findings []check.Finding
	Last     bool // the state with the candidate on every node

	predicted *observe.Snapshot // kept only if it is to be observed; nil if nothing can be predicted
}

// observed returns the steps that live routers are taken through: of each node one, and the roll-back.
func (v *Verdict) observed() []*Step {
	var out []*Step
	for i := range v.Steps {
		if s := &v.Steps[i]; s.Node != "" || s.Name == rolledBack {
			out = append(out, s)
		}
	}
	return out
}

// Phase is how long a part of the gate took.
type Phase struct {
	Name string
	Took time.Duration
}

// Unexercised is a changed class of routes that no route of the fabric is in.
type Unexercised struct {
	Change   *Change
	Class    int  // index into Change.Difference.Classes
	Injected bool // closlab added its witness route to the fabric and judged what became of it
}

// decide sums up: what is broken outweighs what is unknown.
func (v *Verdict) decide() {
	broken := false
	for _, s := range v.Steps {
		for _, f := range s.Findings {
			switch f.Status {
			case check.Broken:
				broken = true
			case check.Unknown:
				v.Unknowns = append(v.Unknowns, s.Name+": "+f.Check+": "+f.Got)
			}
		}
	}
	switch {
	case broken:
		v.Outcome = Reject
	case len(v.Unknowns) > 0:
		v.Outcome = Unknown
	case !v.Restored:
		v.Unknowns = append(v.Unknowns, "the roll-back did not bring the baseline back")
	default:
		v.Outcome = Pass
	}
}
