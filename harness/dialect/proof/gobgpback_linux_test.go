package proof_test

import (
	"fmt"
	"slices"

	"github.com/osrg/gobgp/v4/api"

	"github.com/closlab/closlab/harness/dialect/frr/routemap"
	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/policy/random"
)

// noExtended takes off all extended communities, which GoBGP's routes do not have here.
var noExtended = does("NO-EXTENDED", &policy.SetCommunity{Op: policy.CommunityDelete, Def: policy.NewCommunityDef("EXTENDED", []policy.CommunityPattern{{
	Literal: policy.Community{Kind: policy.Extended}, Regex: random.Regex(".*", policy.Repeat(policy.AnySymbol(), 0, -1))}}, false)})

// backFromGoBGP is backFromFRR for GoBGP, of what it is given as a file.
func backFromGoBGP(s routemap.Session, dir policy.Direction) (said, read policy.Chain, err error) {
	p, err := gobgp.Compile([]gobgp.Session{gobgp.Session(s)})
	if err != nil {
		return nil, nil, err
	}
	back, err := readGoBGP(p, s, dir)
	if err != nil {
		return nil, nil, fmt.Errorf("read back: %w", err)
	}
	start := append(domain(s, dir), policy.Expr{Policy: noExtended})
	if dir == policy.Import {
		return append(start[:len(start):len(start)], s.In...), append(start[:len(start):len(start)], policy.Expr{Policy: inside("GOBGP", back)}), nil
	}
	var own []policy.Action // what GoBGP does ahead of an export policy and the model behind it
	if s.LocalAS != s.PeerAS {
		own = []policy.Action{&policy.Prepend{ASNs: []uint32{s.LocalAS}}}
	}
	said = append(start[:len(start):len(start)], policy.Expr{Policy: inside("MODEL", heldBack(s.Out, keeping(s)), does("OWN-AS", own...))})
	marked := each("OWN-ROUTES")
	for _, x := range []policy.Protocol{policy.Static, policy.Direct, policy.Local, policy.Aggregate} {
		marked.Terms = append(marked.Terms, &policy.Term{Name: x.String(), From: []policy.Match{&policy.MatchProtocol{AnyOf: []policy.Protocol{x}}}, Then: []policy.Action{adds(gobgp.OwnRoute(x))}})
	}
	read = append(append(start[:len(start):len(start)], policy.Calls(marked, does("OWN-AS", own...))...), policy.Expr{Policy: inside("GOBGP", back)})
	return said, read, nil
}

// readGoBGP writes the program as a file and reads the policy of a direction. What the reader cannot judge on export, because it does not know who
// the peer is, it is asked about as on import: the same statements, of a path that has the own AS already.
func readGoBGP(p *gobgp.Program, s routemap.Session, dir policy.Direction) (policy.Chain, error) {
	if dir == policy.Export {
		if c, err := parseGoBGP(p, s, dir); err == nil {
			back, err := c.Chain(dir)
			if err != nil || back[0].Policy.Name != "not-in-bgp" {
				panic(fmt.Sprint("the chain of an export begins otherwise: ", err))
			}
			return back[1:], nil
		}
	}
	c, err := parseGoBGP(p, s, policy.Import)
	if err != nil {
		return nil, err
	}
	return c.Chain(policy.Import, dir.String())
}

// parseGoBGP writes the program as a file that applies the policy of the direction, and reads that.
func parseGoBGP(p *gobgp.Program, s routemap.Session, dir policy.Direction) (*gobgp.Config, error) {
	assigned := slices.DeleteFunc(p.Assignments(), func(a *api.SetPolicyAssignmentRequest) bool { return a.Assignment.Policies[0].Name != dir.String() })
	text, err := gobgpTOML(p.Request(), assigned, s.LocalAS, "10.99.0.1")
	if err != nil {
		return nil, err
	}
	parsed, err := gobgp.Parse("written.gobgp.toml", []byte(text))
	if err != nil {
		return nil, err
	}
	return gobgp.Read(parsed)
}
