package holder

import (
	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/check"
)

// Request is what a lab is asked to do.
type Request struct {
	Op        string
	Candidate string   // of Apply: an absolute path
	Nodes     []string // of Apply: these alone of the nodes that the candidate changes; all if empty
}

// Operations of a Request.
const (
	Apply    = "apply"
	Rollback = "rollback"
	Check    = "check"
)

// Answer is what came of a request.
type Answer struct {
	Fabric   string
	Steps    []Step          // of Apply and Rollback, in order, as far as they went
	Notes    []string        // of Apply: what the candidate changes that is not judged
	Findings []check.Finding // of Check
	Error    string          // why it is not done; "" if it is
	Input    bool            // the error is about the request
}

// Step is a state that the lab settled in after routers were given other policies.
type Step struct {
	Nodes       []string          // that were given them, in order
	Images      []candidate.Image // of those that run another one than before
	Differences []string          // from the prediction, once settled
}

// line is a line of an answer: what is being done, or the Answer, which is the last.
type line struct {
	Progress string  `json:",omitempty"`
	Answer   *Answer `json:",omitempty"`
}
