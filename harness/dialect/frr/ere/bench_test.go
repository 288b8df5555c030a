package ere_test

import (
	"testing"

	"github.com/closlab/closlab/harness/dialect/frr/ere"
	"github.com/closlab/closlab/harness/policy"
)

func BenchmarkASPath(b *testing.B) {
	for b.Loop() {
		e, err := ere.Parse("^65001_(7|700)_.*_6450[0-9]$")
		if err == nil {
			_, err = e.ASPath()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCommunities(b *testing.B) {
	for b.Loop() {
		e, err := ere.Parse("_6450[01]:1[0-9]*_")
		if err == nil {
			_, err = e.Communities(policy.Standard)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
