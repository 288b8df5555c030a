package check

import (
	"fmt"
	"slices"

	"github.com/closlab/closlab/harness/fabric"
)

// meaningless returns an Unknown finding if some of the words mean nothing, so that no check claims less than it reads.
func meaningless(words []string, kind string, means func(string) bool, want string) []Finding {
	nothing := slices.DeleteFunc(slices.Clone(words), means)
	if len(nothing) == 0 {
		return nil
	}
	return unknown(fmt.Sprintf("no %s is meant by %s", kind, list(nothing)), want)
}

func nodes(f *fabric.Fabric) func(string) bool {
	return func(w string) bool { return len(f.Select(w)) > 0 }
}

func nodesOrServices(f *fabric.Fabric) func(string) bool {
	return func(w string) bool { return len(f.Select(w)) > 0 || len(services(f, w)) > 0 }
}

func prefixes(f *fabric.Fabric) func(string) bool {
	return func(w string) bool { return len(f.PrefixesOf([]string{w})) > 0 }
}

// services returns the services that the words mean, in the order of the words: names, or "services" for all.
func services(f *fabric.Fabric, words ...string) []*fabric.Service {
	var out []*fabric.Service
	for _, w := range words {
		for _, s := range f.Services {
			if (w == s.Name || w == "services") && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// names returns what the members of a list are called.
func names[T any](xs []T, name func(T) string) []string {
	out := make([]string, len(xs))
	for i, x := range xs {
		out[i] = name(x)
	}
	return out
}

// list joins up to six things with commas and counts the rest.
func list[T any](xs []T) string {
	out := ""
	for i, x := range xs {
		switch {
		case i == 6 && len(xs) > 7:
			return fmt.Sprintf("%s and %d more", out, len(xs)-i)
		case i > 0:
			out += ", "
		}
		out += fmt.Sprint(x)
	}
	return out
}
