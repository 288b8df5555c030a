package proof_test

import (
	"fmt"
	"math"
	"strings"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/dialect/frr/routemap"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/policy/random"
)

// backFromFRR returns what a router does with the session's routes in one direction, as the policy says and as what FRR is given says when it is
// read. The error names what the policy has and FRR cannot express, or what cannot be read.
func backFromFRR(s routemap.Session, dir policy.Direction) (said, read policy.Chain, err error) {
	return backFromChanged(s, dir, func(line string) string { return line })
}

// backFromChanged is backFromFRR with every line changed on its way.
func backFromChanged(s routemap.Session, dir policy.Direction, change func(line string) string) (said, read policy.Chain, err error) {
	p, err := routemap.Compile([]routemap.Session{s})
	if err != nil {
		return nil, nil, err
	}
	back, err := readFRR(p, s, s.PeerAS, change)
	if err != nil && dir == policy.Export && s.PeerAS != s.LocalAS { // the reader does not know that every import sets a local preference
		back, err = readFRR(p, s, s.LocalAS, change)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read back: %w", err)
	}
	if dir == policy.Import {
		said = append(domain(s, dir), s.In...)
		read = append(domain(s, dir), policy.Expr{Policy: inside("FRR", back.In, revealed())})
		return said, read, nil
	}
	said = domain(s, dir)
	if s.LocalAS != s.PeerAS {
		any := policy.Repeat(policy.AnySymbol(), 0, -1)
		passed := random.Regex("PASSED", policy.Seq(any, policy.Symbol(s.PeerAS, s.PeerAS), any))
		said = append(said, policy.Expr{Policy: rejects("PASSED", &policy.MatchASPath{AnyOf: []*policy.ASPathDef{{Name: "PASSED", AnyOf: []*policy.Regex{passed}}}})})
	}
	said = append(said, heldBack(s.Out, keeping(s))...)
	read = append(append(domain(s, dir), policy.Expr{Policy: disguised()}), inBGP(back.Out)...)
	return said, read, nil
}

// readFRR reads the program back, for a neighbor in that AS.
func readFRR(p *routemap.Program, s routemap.Session, asn uint32, change func(line string) string) (*frr.Session, error) {
	family := familyOf(s.Peer)
	lines := p.Lines(1)
	for i, line := range lines {
		lines[i] = change(line)
	}
	text := strings.Join(lines, "\n") + fmt.Sprintf("\nrouter bgp %[1]d\n no bgp default ipv4-unicast\n neighbor %[2]s remote-as %[3]d\n address-family %[4]s\n"+
		"  neighbor %[2]s activate\n  %[5]s\n", s.LocalAS, s.Peer, asn, family, strings.Join(p.Attach(s.Peer, 1), "\n  "))
	c, err := frr.Read("written.frr.conf", []byte(text))
	if err == nil {
		err = append(c.Problems(), c.Unread...).Err()
	}
	if err != nil {
		return nil, err
	}
	return c.Sessions[0], nil
}

// inBGP takes out of a chain what keeps routes back that no network statement brings into BGP: in a lab, each own route has one, with its attributes.
func inBGP(c policy.Chain) policy.Chain {
	out := policy.Chain{}
	p := *c[0].Policy
	if p.Terms[0].Name != "in BGP" || p.Terms[1].Name != "not in BGP" {
		panic("the chain of an export begins otherwise: " + describe(c[:1]))
	}
	p.Terms = p.Terms[2:]
	return append(append(out, policy.Expr{Policy: &p}), c[1:]...)
}

// acted are the communities on which bgpd acts by itself, in the order of their marks.
var acted = []policy.Community{policy.NoAdvertise, policy.NoExport, policy.NoExportSubconfed, policy.Blackhole, policy.GracefulShutdown}

func frrMark(what, n uint32) policy.Community {
	return policy.Community{Kind: policy.Large, A: math.MaxUint32, B: what, C: n}
}

// revealed is routemap.Reveal: marks of communities in the table stand for these, other marks for nothing.
func revealed() *policy.Policy {
	p := each("REVEAL")
	for i, c := range acted {
		p.Terms = append(p.Terms, &policy.Term{Name: c.String(), From: []policy.Match{carries(frrMark(2, uint32(i)))}, Then: []policy.Action{adds(c)}})
	}
	p.Terms = append(p.Terms, unmarked.Terms...)
	return p
}

// disguised is the table as bgpd has it: what imports, and routemap.Disguise, make of the model's.
func disguised() *policy.Policy {
	p := each("DISGUISE")
	for i, c := range acted {
		p.Terms = append(p.Terms, &policy.Term{Name: c.String(), From: []policy.Match{carries(c)}, Then: []policy.Action{takes(c), adds(frrMark(2, uint32(i)))}})
	}
	for _, x := range []policy.Protocol{policy.Static, policy.Direct, policy.Local, policy.Aggregate} {
		p.Terms = append(p.Terms, &policy.Term{Name: x.String(), From: []policy.Match{&policy.MatchProtocol{AnyOf: []policy.Protocol{x}}}, Then: []policy.Action{adds(frrMark(1, uint32(x)))}})
	}
	p.Terms = append(p.Terms, &policy.Term{Name: "EXTERNAL", From: []policy.Match{&policy.MatchRouteType{External: true}}, Then: []policy.Action{adds(frrMark(5, 0))}})
	return p
}
