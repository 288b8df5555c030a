package report

import (
	"net/netip"
	"strings"
)

// Schema names the JSON contract.
const Schema = "closlab/verdict/v1"

type verdictJSON struct {
	Schema    string             `json:"schema"`
	Verdict   string             `json:"verdict"` // pass, reject, unknown
	Unknown   []string           `json:"unknown,omitempty"`
	Evidence  evidenceJSON       `json:"evidence"`
	Fabric    string             `json:"fabric"`
	Candidate candidateJSON      `json:"candidate"`
	Causes    []causeJSON        `json:"causes"`
	Findings  []findingJSON      `json:"findings"`
	Lint      []problemJSON      `json:"lint"`
	Static    []changeJSON       `json:"static"`
	Witnesses *witnessesJSON     `json:"witnesses,omitempty"` // only where routes that closlab added were to be observed
	Routes    []routesJSON       `json:"routes"`
	Load      []loadJSON         `json:"load"`
	Reach     *reachJSON         `json:"reach"`
	Transient *transientJSON     `json:"transient"` // null if nothing was observed: sim sends no probes while it changes
	Timing    map[string]float64 `json:"timing"`    // seconds by phase
	Rollback  rollbackJSON       `json:"rollback"`
}

type evidenceJSON struct {
	Basis    string   `json:"basis"` // predicted or observed
	Runtime  string   `json:"runtime"`
	Engines  []string `json:"engines"`
	Versions []string `json:"versions"`
	Seed     uint64   `json:"seed"`
	Opaque   []string `json:"opaque,omitempty"` // routers whose text closlab does not read: then nothing is predicted
	Notes    []string `json:"notes,omitempty"`  // what live routers were told besides the candidate, and why
}

// observed takes the words of gate.Evidence.Observed: a runtime, then engines and their versions in turn.
func (e *evidenceJSON) observed(words string) {
	e.Basis = "observed"
	for i, w := range strings.Fields(strings.ReplaceAll(words, " + ", " ")) {
		switch {
		case i == 0:
			e.Runtime = w
		case i%2 == 1:
			e.Engines = append(e.Engines, w)
		default:
			e.Versions = append(e.Versions, w)
		}
	}
}

type candidateJSON struct {
	Path  string            `json:"path"`
	Why   string            `json:"why,omitempty"`
	Files []string          `json:"files"`
	Order []string          `json:"order"`
	Left  []string          `json:"left_out,omitempty"`
	Image map[string]string `json:"images,omitempty"` // that nodes get
}

type reasonJSON struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Policy string `json:"policy,omitempty"`
	Term   string `json:"term,omitempty"`
	Text   string `json:"text"`
}

type causeJSON struct {
	Effect   string         `json:"effect"` // withdrawn, leaked, altered
	What     string         `json:"what"`
	Advice   string         `json:"advice,omitempty"`
	Because  []reasonJSON   `json:"because"`
	Sessions []string       `json:"sessions"`
	Prefixes []netip.Prefix `json:"prefixes"`
	Routes   int            `json:"routes"`
}

type findingJSON struct {
	Check   string       `json:"check"`
	Status  string       `json:"status"` // ok, broken, unknown, waived
	Step    string       `json:"step"`
	Node    string       `json:"node,omitempty"`
	Session string       `json:"session,omitempty"`
	Prefix  string       `json:"prefix,omitempty"`
	Got     string       `json:"got"`
	Want    string       `json:"want"`
	Because []reasonJSON `json:"because,omitempty"`
}

type problemJSON struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
}

type changeJSON struct {
	Direction string      `json:"direction"`
	Sessions  []string    `json:"sessions"`
	Classes   []classJSON `json:"classes"`
}

type classJSON struct {
	Kind     string   `json:"kind"` // decision, attributes, communities
	Text     string   `json:"text"`
	Witness  string   `json:"witness"`
	Before   string   `json:"before"`
	After    string   `json:"after"`
	Changes  []string `json:"changes"`
	Injected bool     `json:"injected,omitempty"` // no route of the fabric was in it: closlab added one
}

type witnessesJSON struct {
	Routes    int             `json:"routes"` // observed, counted on every session
	Claims    int             `json:"claims"` // of our own prefixes, likewise
	Predicted []predictedJSON `json:"only_predicted"`
}

type predictedJSON struct {
	Session string `json:"session"`
	Route   string `json:"route"`
	Why     string `json:"why"`
}

type routesJSON struct {
	Session   string           `json:"session"`
	Before    int              `json:"before"`
	After     int              `json:"after"`
	Withdrawn []netip.Prefix   `json:"withdrawn"`
	Added     []netip.Prefix   `json:"added"`
	Changed   []attributesJSON `json:"changed"`
}

type attributesJSON struct {
	Prefix netip.Prefix `json:"prefix"`
	Before string       `json:"before"`
	After  string       `json:"after"`
}

type loadJSON struct {
	Service    string      `json:"service"`
	Phase      string      `json:"phase"`          // stale, settled
	Flows      int         `json:"flows"`          // sent and counted; 0 if the load is computed from forwarding tables
	Pool       string      `json:"pool,omitempty"` // the first of the services that share routes and servers: their flows are one sample
	Offered    float64     `json:"offered"`
	Lost       float64     `json:"lost"`       // reach no server
	Dropped    float64     `json:"dropped"`    // reach one that has no capacity left
	Unanswered float64     `json:"unanswered"` // served, but the answer does not come back
	Colos      []shareJSON `json:"colos"`
	Servers    []shareJSON `json:"servers"`
}

type shareJSON struct {
	Name        string  `json:"name"`
	Landed      float64 `json:"landed"` // brought by the routers
	Share       float64 `json:"share"`  // there to be served, with what is dropped
	Dropped     float64 `json:"dropped"`
	Want        float64 `json:"want"`
	Factor      float64 `json:"factor"`
	Utilisation float64 `json:"utilisation"`
}

type reachJSON struct {
	Tried int        `json:"tried"`
	Lost  int        `json:"lost"`
	At    []lostJSON `json:"at"` // where the lost pairs end
}

type lostJSON struct {
	Node   string `json:"node"`
	Ending string `json:"ending"`
	Pairs  int    `json:"pairs"`
}

type rollbackJSON struct {
	Restored bool `json:"restored"`
}
