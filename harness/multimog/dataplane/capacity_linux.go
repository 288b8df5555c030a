package dataplane

import (
	"fmt"
	"math"

	"github.com/cilium/ebpf"
)

// flowCost is the credit that a flow costs: rate flows a second are then rate units a nanosecond.
const flowCost uint64 = 1e9

// maxCapacity is as many flows as can be counted in credit twice over.
const maxCapacity = math.MaxUint64 / 2 / flowCost

// Limit gives the server a capacity: a token bucket that holds burst new flows, is full now, and gains rate of them a
// second; with rate 0 exactly so many pass as burst says. A new flow is a packet of UDP or a SYN of TCP. What there is no
// capacity for is dropped and counted; packets of TCP connections always pass.
func (s *Server) Limit(rate, burst uint64) error {
	if burst > maxCapacity || rate > maxCapacity {
		return fmt.Errorf("server %s: a capacity of %d flows, %d a second, is more than the program can count", s.self.Name, burst, rate)
	}
	a := programAllowance{Limited: 1, Rate: rate, Most: burst * flowCost, Credit: burst * flowCost}
	if rate > 0 {
		a.Filled = max(a.Most/rate, 1)
	}
	return s.allow(a)
}

// Unlimit lets the server take every flow, as it does at first.
func (s *Server) Unlimit() error { return s.allow(programAllowance{}) }

func (s *Server) allow(a programAllowance) error {
	if err := s.bpf.Capacity.Update(uint32(0), a, ebpf.UpdateLock); err != nil {
		return fmt.Errorf("server %s: cannot set its capacity: %w", s.self.Name, err)
	}
	return nil
}
