package render

import (
	"regexp"
	"strings"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// dnsLabel is what Kubernetes takes for the name of a service (RFC 1035).
var dnsLabel = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// longest is how long an interface's name may be, and with it what clabernetes calls the other end of one: NODE-INTERFACE.
const longest = 15

// Clabernetes returns the resources that have clabernetes bring the fabric up, in a namespace of their own. Nodes are called by their names
// in lower case.
func Clabernetes(f *fabric.Fabric, opt Options) ([]byte, error) {
	var problems place.Problems
	namespace := strings.ToLower(f.Name)
	if !dnsLabel.MatchString(namespace) {
		problems.Addf(place.Pos{File: f.File}, "fabric %s: Kubernetes takes no such name: letters, digits and dashes", f.Name)
	}
	first := map[string]string{}
	for _, n := range nodes(f, strings.ToLower) {
		if !dnsLabel.MatchString(n.name) {
			problems.Addf(n.Pos, "node %s: Kubernetes takes no such name: letters, digits and dashes", n.Name)
		}
		if other, twice := first[n.name]; twice {
			problems.Addf(n.Pos, "node %s: Kubernetes takes it for %s, since names are in lower case there", n.Name, other)
		}
		first[n.name] = n.Name
		if len(n.links) == 0 {
			continue
		}
		if last := n.name + "-" + n.links[len(n.links)-1].name; len(last) > longest {
			problems.Addf(n.Pos, "node %s: clabernetes names an interface %s, and Linux takes %d letters: give it a shorter name", n.Name, last, longest)
		}
	}
	t, files, err := topology(f, opt, strings.ToLower)
	problems.Add(place.Pos{File: f.File}, err)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	t.Name = namespace
	return t.Clabernetes(namespace, files)
}
