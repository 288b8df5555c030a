//go:build linux

package netns

// ledger is what the load balancers of a pool have counted of the packets to its services: by service, then by server.
type ledger [][]account

// account is what one server did with packets to one service.
type account struct {
	landed   int // brought by the routers
	foreign  int // of these, meant for a server of another colo
	admitted int // given to its own service
	dropped  int // for which it had no capacity
}

// ledger reads the counters.
func (p *pool) ledger() (ledger, error) {
	out := make(ledger, len(p.services))
	for i, s := range p.services {
		for _, b := range p.servers {
			c, err := b.Counts(s.VIP)
			if err != nil {
				return nil, err
			}
			a := account{landed: int(c.Classified()), admitted: int(c.Admitted), dropped: int(c.Dropped)}
			for _, other := range p.servers {
				if other.node.Colo != b.node.Colo {
					a.foreign += int(c.Sent[other.node.Name])
				}
			}
			out[i] = append(out[i], a)
		}
	}
	return out, nil
}

// since returns what was counted after an earlier reading.
func (l ledger) since(before ledger) ledger {
	out := make(ledger, len(l))
	for i := range l {
		for j, a := range l[i] {
			b := before[i][j]
			out[i] = append(out[i], account{a.landed - b.landed, a.foreign - b.foreign, a.admitted - b.admitted, a.dropped - b.dropped})
		}
	}
	return out
}

// dropped returns how many packets to the i-th service the servers had no capacity for.
func (l ledger) dropped(i int) int {
	sum := 0
	for _, a := range l[i] {
		sum += a.dropped
	}
	return sum
}
