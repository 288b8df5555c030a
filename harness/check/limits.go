package check

import (
	"fmt"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/observe"
	"github.com/closlab/closlab/harness/policy"
)

// Limits wants no session to bring more routes than its router takes before it ends the session. What comes after that is not modelled: it is Unknown.
func Limits() Check {
	return Check{Name: "limits", judge: judgeLimits}
}

func judgeLimits(f *fabric.Fabric, s *observe.Snapshot) []Finding {
	var out []Finding
	limited := 0
	for _, x := range f.Sessions {
		for _, fam := range fabric.Families {
			limit := x.Limit[fam]
			if limit.Routes == 0 {
				continue
			}
			limited++
			here, _ := s.Session(x.Node, x.Peer)
			brings := count(here.Received, fam)
			if limit.Rejected {
				far, _ := s.Session(x.Peer, x.Node)
				brings = max(brings, count(far.Sent, fam))
			}
			if brings > limit.Routes {
				out = append(out, Finding{Status: Unknown, Node: x.Node, Want: fmt.Sprintf("at most %d %s routes from %s", limit.Routes, fam, x.Peer),
					Got: fmt.Sprintf("%d, at which %s would end the session", brings, x.Node)})
			}
		}
	}
	if len(out) == 0 {
		return ok(fmt.Sprintf("%d limits kept", limited), "no session brings more routes than its router takes")
	}
	return out
}

// count returns how many routes are of the family.
func count(rs []policy.Route, fam fabric.Family) int {
	n := 0
	for _, r := range rs {
		if fabric.FamilyOf(r.Prefix.Addr()) == fam {
			n++
		}
	}
	return n
}
