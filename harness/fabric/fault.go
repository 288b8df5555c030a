package fabric

// FaultKind is what a Fault breaks.
type FaultKind uint8

const (
	LinkDown    FaultKind = iota // every link between the nodes A and B, and the sessions on it
	NodeDown                     // the node A with its links and sessions; B is ""
	SessionDown                  // the BGP session between A and B; their link stays up
)

func (k FaultKind) String() string { return [...]string{"link down", "node down", "session down"}[k] }

// Fault is something broken on purpose. The same Fault names what to mend.
type Fault struct {
	Kind FaultKind
	A, B string // node names
}

// String returns the fault as messages show it: "link down: leaf1, spine2".
func (f Fault) String() string {
	if f.B == "" {
		return f.Kind.String() + ": " + f.A
	}
	return f.Kind.String() + ": " + f.A + ", " + f.B
}
