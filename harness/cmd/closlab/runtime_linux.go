package main

import (
	"context"
	"fmt"
	"io"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/gate"
	"github.com/closlab/closlab/harness/runtime/netns"
)

// starter returns what brings a fabric up on the live runtime of that name, for as long as life lasts; nil for sim, which only predicts.
func starter(life context.Context, runtime string, seed uint64, log io.Writer, verbose bool) (func(*fabric.Fabric) (*gate.Live, error), error) {
	switch runtime {
	case "sim":
		return nil, nil
	case "netns":
	default:
		return nil, fmt.Errorf("--runtime %s: want sim or netns", runtime)
	}
	if !verbose {
		log = io.Discard
	}
	return func(f *fabric.Fabric) (*gate.Live, error) {
		r, err := netns.New(life, f, netns.Options{Seed: seed, Log: log})
		if err != nil {
			return nil, err
		}
		differences := func() []string {
			var out []string
			for _, d := range r.Differences() {
				out = append(out, d.String())
			}
			return out
		}
		return &gate.Live{Runtime: r, Name: netns.Version, Differences: differences, Stop: r.Stop, Stream: r.Stream}, nil
	}, nil
}
