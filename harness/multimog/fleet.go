package multimog

// Server is one server behind the load balancer.
type Server struct {
	Name   string
	Colo   string
	Weight float64 // capacity in any unit; not negative
}

// Fleet is the servers of one site, all of which hold the same forwarding table.
type Fleet []Server

// Served is where new flows end. Share, Lost and what the routers never brought to a server add up to 1.
type Served struct {
	Share   []float64 // by server, 0 to 1
	Lost    float64   // sent to a server that cannot be reached
	Foreign float64   // landed on another colo than the one that serves them, or that the stale table names
}

// Serve returns who serves flows of which the routers bring the share landed[i] to server i. Server i forwards to
// server j in proportion to j's weight, as the ideal table does; reach(i, j) says whether it gets there, and is not asked
// for i itself.
//
// Not settled is the time in which tables still name servers that cannot be reached: those flows are lost.
// Settled, the server on which such a flow landed looks it up among the servers that it reaches in its own
// colo, in proportion to weight, and serves it itself if they have none.
//
// The fleet of a site with n colos of which each gets 1/n of the flows loses 1-1/n of them while no colo reaches
// another; once settled, colo c serves 1/n, which is sum(S)/(n*S_c) times its share by weight S_c.
func (f Fleet) Serve(landed []float64, reach func(from, to int) bool, settled bool) Served {
	out := Served{Share: make([]float64, len(f))}
	total := 0.0
	for _, s := range f {
		total += s.Weight
	}
	for from, flows := range landed {
		if flows == 0 {
			continue
		}
		if total == 0 {
			out.Lost += flows // an empty table forwards nothing
			continue
		}
		unreachable := 0.0
		local := make([]int, 0, len(f)) // servers of the own colo within reach
		for to, s := range f {
			share := flows * s.Weight / total
			ok := from == to || reach(from, to)
			if ok {
				out.Share[to] += share
			} else {
				unreachable += share
			}
			if s.Colo != f[from].Colo && (ok || !settled) {
				out.Foreign += share
			}
			if ok && s.Colo == f[from].Colo {
				local = append(local, to)
			}
		}
		if settled {
			f.spread(out.Share, unreachable, from, local)
		} else {
			out.Lost += unreachable
		}
	}
	return out
}

// spread adds flows to the shares of the local servers by weight; to self if they have no weight.
func (f Fleet) spread(share []float64, flows float64, self int, local []int) {
	weight := 0.0
	for _, i := range local {
		weight += f[i].Weight
	}
	if weight == 0 {
		share[self] += flows
		return
	}
	for _, i := range local {
		share[i] += flows * f[i].Weight / weight
	}
}

// Want returns the share of each server in proportion to its weight; zeros if there is no weight.
func (f Fleet) Want() []float64 {
	want := make([]float64, len(f))
	total := 0.0
	for _, s := range f {
		total += s.Weight
	}
	for i, s := range f {
		if total > 0 {
			want[i] = s.Weight / total
		}
	}
	return want
}

// Colos returns the colos of the fleet in the order of their first server.
func (f Fleet) Colos() []string {
	var names []string
	seen := map[string]bool{}
	for _, s := range f {
		if !seen[s.Colo] {
			seen[s.Colo] = true
			names = append(names, s.Colo)
		}
	}
	return names
}

// ByColo adds up a share by server to one by colo, in the order of Colos.
func (f Fleet) ByColo(share []float64) []float64 {
	at := map[string]int{}
	for i, name := range f.Colos() {
		at[name] = i
	}
	sum := make([]float64, len(at))
	for i, s := range f {
		sum[at[s.Colo]] += share[i]
	}
	return sum
}
