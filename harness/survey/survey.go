package survey

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/closlab/closlab/harness/dialect/clab"
	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
)

// Lab is a network as it was found.
type Lab struct {
	Plan  fabric.Plan
	Files []string        // the routers' configurations, relative to the lab's folder, each once
	Notes []place.Finding // what a person should know of it, ordered by place
}

// Configuration is where a router's configuration is in its container.
const Configuration = "/etc/frr/frr.conf"

// Open returns the text of a file below the lab's folder, and what messages call it. The error says why there is none.
type Open func(name string) (shown string, text []byte, err error)

// Draw finds out what network a topology is. text is that of the topology file, which lies in the folder below of the lab's. The error is a place.Problems with everything that keeps closlab from
// knowing.
func Draw(top *clab.Topology, text []byte, below string, open Open) (*Lab, error) {
	s := &surveyor{top: top, below: below, open: open, lab: &Lab{Plan: fabric.Plan{Name: label(top.Name), File: top.File, Text: text}}, byName: map[string]*node{},
		read: map[string]*frr.Router{}}
	for _, n := range top.Nodes {
		s.node(n)
	}
	if len(s.read) == 0 && len(s.problems) == 0 {
		s.problems.Addf(place.Pos{File: top.File}, "no node has a file bound to "+Configuration+": closlab reads routers' configurations that are bound, and has nothing to judge")
	}
	s.wire()
	for _, n := range s.nodes {
		s.equip(n)
	}
	s.unique()
	if len(s.problems) == 0 { // else neighbours may be missing for a reason that is told already
		s.sessions()
		for _, n := range s.nodes {
			s.routes(n)
			s.balance(n)
		}
	}
	if err := s.problems.Err(); err != nil {
		return nil, err
	}
	for _, n := range s.nodes {
		s.lab.Plan.Nodes = append(s.lab.Plan.Nodes, n.Node)
	}
	return s.lab, nil
}

// label is the topology's name in the form of a fabric's.
func label(name string) string {
	out := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' {
			return c
		}
		return '-'
	}, name)
	if out == "" || out[0] < 'A' {
		out = "lab-" + out
	}
	return out[:min(len(out), 63)]
}

// surveyor draws one lab.
type surveyor struct {
	top      *clab.Topology
	below    string // the topology's folder, in the lab's
	open     Open
	lab      *Lab
	nodes    []*node // in order of the topology
	byName   map[string]*node
	read     map[string]*frr.Router // by file name
	problems place.Problems
}

// node is a container as it is being drawn.
type node struct {
	*fabric.Node
	of    *clab.Node
	file  string      // its configuration
	conf  *frr.Router // nil for hosts
	setup *clab.Setup
	ports []*port         // the ends of its links, in order of links
	lo    []addr          // addresses that are on no link
	off   map[string]bool // daemons that its daemons file leaves off; nil if none is bound

	guessed bool // its router id is
}

func (s *surveyor) note(pos place.Pos, sev place.Severity, format string, args ...any) {
	s.lab.Notes = append(s.lab.Notes, place.Finding{Pos: pos, Severity: sev, Rule: "lab", Text: fmt.Sprintf(format, args...)})
}

// node finds out what a container is.
func (s *surveyor) node(of *clab.Node) {
	n := &node{of: of, Node: &fabric.Node{Name: of.Name, Tier: of.Group, Role: fabric.Router, Image: of.Image, Pos: of.Pos}}
	s.nodes, s.byName[of.Name] = append(s.nodes, n), n
	switch {
	case of.Kind == "":
		s.problems.Addf(of.Pos, "node %s: it has no kind", of.Name)
		return
	case of.Kind == "bridge" || of.Kind == "ovs-bridge":
		s.problems.Addf(of.Pos, "node %s: kind %s: closlab models links of two ends, not switches", of.Name, of.Kind)
		return
	case of.Kind != "linux":
		s.problems.Addf(of.Pos, "node %s: kind %s: closlab reads nodes of kind linux, with a frr.conf if they are routers", of.Name, of.Kind)
		return
	case of.NetworkMode != "" && of.NetworkMode != "none" && of.NetworkMode != "bridge":
		s.problems.Addf(of.Pos, "node %s: network-mode %s: it shares its network with what is no node of the lab", of.Name, of.NetworkMode)
		return
	}
	var err error
	if n.setup, err = of.Setup(); err != nil {
		s.problems.Add(of.Pos, err)
	}
	for _, p := range n.setup.Passed {
		if !harmless(p.Text) {
			s.note(p.Pos, place.Warning, "%s is taken not to change where packets go", p.Text)
		}
	}
	host, pos := of.Bound(Configuration)
	if host == "" {
		s.bare(n)
		return
	}
	n.file = s.configuration(n, host, pos)
}

// harmless reports whether a command that was passed over is one of those that change no route for sure.
func harmless(text string) bool {
	words := strings.Fields(strings.Trim(strings.TrimPrefix(text, "exec: "), `"`))
	if len(words) == 0 {
		return true
	}
	switch path.Base(words[0]) {
	case "sleep", "echo", "touch", "mkdir", "chmod", "chown", "ping", "ping6", "hostname", "cat", "ls", "true", "date", "apk", "apt", "apt-get", "ethtool", "ip", "vtysh":
		return true
	case "sysctl":
		return !strings.Contains(text, "forward") || strings.Contains(text, "=1") || strings.Contains(text, "= 1")
	}
	return false
}

// bare takes a container without a configuration for a host, unless it looks like a router.
func (s *surveyor) bare(n *node) {
	n.Role, n.Tier = fabric.Host, "hosts"
	if split, pos := n.of.Bound("/etc/frr/bgpd.conf"); split != "" {
		s.problems.Addf(pos, "node %s: closlab reads frr.conf, the integrated configuration, not one file a daemon", n.Name)
	} else if strings.Contains(strings.ToLower(path.Base(n.of.Image)), "frr") {
		s.note(n.Pos, place.Warning, "node %s: no file is bound to %s, so it is taken for a host that runs no routing protocol", n.Name, Configuration)
	}
}

// configuration reads the frr.conf of a node, and returns its name.
func (s *surveyor) configuration(n *node, host string, pos place.Pos) string {
	name, there := s.name(host)
	if !there {
		s.problems.Addf(pos, "node %s: %s lies outside the topology's folder and its git repository: closlab reads nothing there", n.Name, host)
		return ""
	}
	n.off = s.daemons(n)
	if conf, done := s.read[name]; done {
		n.conf = conf
		return name
	}
	shown, text, err := s.open(name)
	if err != nil {
		s.problems.Addf(pos, "node %s: its configuration %s: %s", n.Name, name, err)
		return ""
	}
	s.lab.Files = append(s.lab.Files, name)
	conf, err := frr.ReadRouter(shown, text)
	if err != nil {
		s.problems.Add(place.Pos{File: shown}, err)
	} else {
		s.problems = append(s.problems, conf.Unread...)
	}
	n.conf, s.read[name] = conf, conf
	return name
}

// name returns what a file is called that is bound into a node, and whether it is in the lab's folder.
func (s *surveyor) name(host string) (string, bool) {
	if filepath.IsAbs(host) {
		return "", false
	}
	name := filepath.ToSlash(filepath.Join(s.below, host))
	return name, filepath.IsLocal(name)
}

// daemons returns which daemons the node's daemons file leaves off; nil if none is bound.
func (s *surveyor) daemons(n *node) map[string]bool {
	host, _ := n.of.Bound("/etc/frr/daemons")
	name, there := s.name(host)
	if host == "" || !there {
		return nil
	}
	_, text, err := s.open(name)
	if err != nil {
		return nil
	}
	off := map[string]bool{}
	for _, name := range []string{"bgpd", "ospfd", "ospf6d", "isisd", "ripd", "ripngd", "eigrpd", "babeld", "fabricd"} {
		off[name] = true
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if _, known := off[strings.TrimSpace(name)]; ok && known {
			off[strings.TrimSpace(name)] = !strings.HasPrefix(strings.Trim(strings.TrimSpace(value), `"'`), "yes")
		}
	}
	return off
}
