package budget

import (
	"fmt"
	"math"
	"time"

	"github.com/closlab/closlab/harness/fabric"
)

// Need is what a fabric takes.
type Need struct {
	Fabric  string
	Nodes   int
	Routers int
	Memory  uint64        // bytes, at the most
	Work    time.Duration // of one processor, until all has settled
}

// What nodes and sessions take at their peak. Each end of a session counts, with both families and a hundred routes or two.
const (
	base      = 64 << 20 // this process, and some to breathe
	perNode   = 1 << 20  // a namespace
	perLink   = 200 << 10
	perEnd    = 2200 << 10 // in the router, and in the prediction of it
	gobgp     = 8 << 20
	frr       = 38 << 20   // zebra, staticd and bgpd, and the process that is their parent
	container = 12 << 20   // containerd's shim, and dockerd's part
	native    = 1024 << 20 // a vendor's router, at the least

	workGoBGP = 40 * time.Millisecond
	workFRR   = 300 * time.Millisecond
	workEnd   = 18 * time.Millisecond
)

// Of returns what a fabric takes in namespaces, or in containers.
func Of(f *fabric.Fabric, containers bool) Need {
	n := Need{Fabric: f.Name, Nodes: len(f.Nodes), Memory: base}
	n.Memory += uint64(len(f.Nodes))*perNode + uint64(len(f.Links))*perLink + uint64(len(f.Sessions))*perEnd
	n.Work = time.Duration(len(f.Sessions)) * workEnd
	for _, x := range f.Nodes {
		if containers {
			n.Memory += container
		}
		if x.Role != fabric.Router {
			continue
		}
		n.Routers++
		switch x.Engine {
		case fabric.Native:
			n.Memory += native
		case "frr":
			n.Memory += frr
			n.Work += workFRR
		default:
			n.Memory += gobgp
			n.Work += workGoBGP
		}
	}
	return n
}

// soon is how fast a lab should come up.
const soon = time.Minute

// Cores returns how many processors it takes to come up within a minute.
func (n Need) Cores() int { return max(1, int(math.Ceil(n.Work.Seconds()/soon.Seconds()))) }

// Fits returns why so many bytes are not enough, if they are not, and what to do.
func (n Need) Fits(available uint64) error {
	if n.Memory <= available {
		return nil
	}
	return fmt.Errorf("fabric %s: too large for this machine: its %d nodes, %d of them routers, take about %s of memory, and %s are available; "+
		"%d cores would have it up within a minute: use a larger machine, fewer nodes, --engine gobgp, or the sim runtime",
		n.Fabric, n.Nodes, n.Routers, size(n.Memory), size(available), n.Cores())
}

// size returns bytes for people.
func size(b uint64) string {
	if b < 1<<30 {
		return fmt.Sprintf("%d MiB", (b+1<<20-1)>>20)
	}
	return fmt.Sprintf("%.1f GiB", float64(b)/(1<<30))
}

// Check returns why the fabric is too large for this machine, if it is, and what to do.
func Check(f *fabric.Fabric, containers bool) error {
	available, err := Available()
	if err != nil {
		return err
	}
	return Of(f, containers).Fits(available)
}

// Room returns how many routers of GoBGP, or of FRR, so many bytes are enough for, each with four links.
func Room(available uint64) (withGoBGP, withFRR int) {
	left := available - min(base, available)
	with := func(router uint64) int { return int(left / (router + perNode + 4*(perEnd+perLink/2))) }
	return with(gobgp), with(frr)
}
