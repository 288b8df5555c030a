package sim

import (
	"cmp"
	"slices"
	"time"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// peer is one end of a session, as its node sees the other end.
type peer struct {
	*fabric.Session // a copy: its policies change
	node            *node
	remote          *node
	other           *peer // the other end
	external        bool
	onLink          bool // the session runs between the addresses of a link, not of loopbacks
	broken          bool // by a fault
	up              bool
	why             string // why it is not up
	epoch           int    // counts the times it went up or down

	received []*attrs         // Adj-RIB-In before the import policy
	accepted []*attrs         // and after it
	sent     []*attrs         // Adj-RIB-Out
	injected map[int32]*attrs // witnesses, in place of what was received
	pending  []update         // changes of sent, to be flushed

	delay, arrival time.Duration
}

// addSessions makes both ends of every session.
func (s *Sim) addSessions() {
	ends := map[[2]string]*peer{}
	for _, x := range s.fabric.Sessions {
		n, remote := s.byName[x.Node], s.byName[x.Peer]
		if n == nil || remote == nil || n == remote || ends[[2]string{x.Node, x.Peer}] != nil {
			s.problems.Addf(place.Pos{File: s.fabric.File}, "session %s – %s: want one between two nodes of the fabric", x.Node, x.Peer)
			continue
		}
		c := *x
		p := &peer{Session: &c, node: n, remote: remote, external: x.External()}
		for _, f := range fabric.Families {
			p.onLink = p.onLink || n.remote[x.Remote[f]] != nil
		}
		ends[[2]string{x.Node, x.Peer}] = p
		n.peers, s.peers = append(n.peers, p), append(s.peers, p)
		s.checkChains(p)
	}
	order := func(a, b *peer) int { return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Peer, b.Peer)) }
	slices.SortFunc(s.peers, order)
	for _, p := range s.peers {
		p.delay = s.draw(linkDelay)
		if p.other = ends[[2]string{p.Peer, p.Node}]; p.other == nil {
			s.problems.Addf(p.node.Pos, "session %s – %s: the end at %s is missing", p.Node, p.Peer, p.Peer)
		}
	}
	for _, n := range s.nodes {
		slices.SortFunc(n.peers, order)
		n.regroup()
	}
}

// checkChains reports what a policy cannot ask for in its direction.
func (s *Sim) checkChains(p *peer) {
	for _, f := range fabric.Families {
		s.checkNextHop(p, "import", p.In[f], policy.NextHopSelf)
		s.checkNextHop(p, "export", p.Out[f], policy.NextHopDrop, policy.NextHopRefuse)
	}
}

func (s *Sim) checkNextHop(p *peer, direction string, c policy.Chain, kinds ...policy.NextHopKind) {
	for t := range terms(c) {
		for _, a := range t.Then {
			if x, ok := a.(*policy.SetNextHop); ok && slices.Contains(kinds, x.Kind) {
				s.problems.Addf(t.Pos, "session %s – %s: %s has no meaning in an %s policy", p.Node, p.Peer, x, direction)
			}
		}
	}
}

// carries reports whether the session has addresses of the family, and so carries its routes.
func (p *peer) carries(f fabric.Family) bool { return p.Local[f].IsValid() && p.Remote[f].IsValid() }

// restart takes the session down or up according to what it needs; it forgets all routes when it goes down.
func (p *peer) restart() {
	why := p.fault()
	if up := why == ""; up == p.up {
		p.why = why
		return
	}
	p.up, p.why = why == "", why
	p.epoch++
	p.received, p.accepted, p.sent, p.pending = nil, nil, nil, nil
	p.node.reexport = true
	p.node.reimport = p.node.reimport || len(p.injected) > 0
	p.node.markAll()
	p.node.wake()
}

// fault returns why the session cannot be up; "" if it can.
func (p *peer) fault() string {
	switch {
	case p.node.down:
		return p.Node + " is down"
	case p.remote.down:
		return p.Peer + " is down"
	case p.broken || p.other.broken:
		return "the session is shut down"
	case p.onLink && !slices.ContainsFunc(p.node.linkedTo(p.remote), func(a *adjacency) bool { return a.up() }):
		return "the link is down"
	case !p.onLink && !p.node.connected(p.remote):
		return "no links lead to " + p.Peer
	}
	return ""
}
