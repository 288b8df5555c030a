package candidate

import (
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// ahead refuses what an export chain of Junos does to the AS path of a session over eBGP and closlab does not model: Junos puts the
// numbers of as-path-prepend in front of the router's own AS, and works out as-path-expand before that is there ("Understanding Adding
// AS Numbers to BGP AS Paths"); in the model both come first. Nobody can tell where the numbers are the router's own.
func ahead(out policy.Chain, s *fabric.Session) error {
	var problems place.Problems
	var expands *policy.Term
	prepends := false
	for _, p := range out.Policies() {
		for _, t := range p.Terms {
			for _, a := range t.Then {
				switch a := a.(type) {
				case *policy.Expand:
					expands = t
				case *policy.Prepend:
					prepends = true
					for _, asn := range a.ASNs {
						if asn != s.LocalAS {
							problems.Addf(t.Pos, "policy %s term %s: %s over eBGP: closlab does not model another AS in front of the router's own, %d: prepend that",
								p.Name, t.Label(), a, s.LocalAS)
							break
						}
					}
				}
			}
		}
	}
	if prepends && expands != nil {
		problems.Addf(expands.Pos, "term %s: as-path-expand last-as in a chain over eBGP that prepends is not modelled", expands.Label())
	}
	return problems.Err()
}
