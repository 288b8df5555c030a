package check

import "github.com/closlab/closlab/harness/place"

// Status is what came of a check. Its zero value is Unknown: what was not judged is not fine.
type Status uint8

const (
	Unknown Status = iota
	OK
	Broken
	Waived // broken, and the candidate says so itself
)

func (s Status) String() string { return [...]string{"unknown", "ok", "broken", "waived"}[s] }

// Finding is what came of a check at one place: one if all is well, one for each thing that is not.
type Finding struct {
	Check  string
	Status Status

	// Where; empty if it does not apply. Node is where packets or routes went missing.
	Node, Session, Prefix string

	Got, Want string
	Because   []Reason // filled in by whoever knows what changed

	weight float64 // the heavier comes first
}

// Reason is a term of a policy that made a finding come true.
type Reason struct {
	Pos          place.Pos
	Policy, Term string
	Text         string
}
