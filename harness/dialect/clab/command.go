package clab

import (
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/place"
)

// Setup is what the commands of a node do to its interfaces and routes.
type Setup struct {
	Addrs  []Addr
	Routes []Route
	Ports  []string       // interfaces that are made without a link: dummies
	Passed place.Problems // commands that closlab does not know, taken not to change where packets go
}

// Addr is an address that a command gives an interface.
type Addr struct {
	Port   string
	Prefix netip.Prefix // the address, with the length of its subnet
	Pos    place.Pos
}

// Route is a route of the kernel that a command adds.
type Route struct {
	Prefix netip.Prefix
	Via    []netip.Addr // next hops; none if it leads to an interface or discards
	Port   string       // the interface that is named, if any
	Drop   bool
	Pos    place.Pos
}

// management is the interface towards containerlab's management network, which closlab's labs do not have.
const management = "eth0"

// Setup reads the commands of a node. The error is a place.Problems with those that change where packets go in a way that is not modelled.
func (n *Node) Setup() (*Setup, error) {
	x := &setter{s: &Setup{}}
	for _, c := range n.Exec {
		for _, words := range simple(c.Text) {
			x.pos, x.words = c.Pos, words
			x.command()
		}
	}
	return x.s, x.problems.Err()
}

var shells = []string{"sh", "bash", "ash"}

// simple splits the text of a command into the simple commands that it consists of, also behind sh -c. What needs a shell for more than
// putting one command behind the other comes as one.
func simple(text string) [][]string {
	words := split(text)
	if len(words) < 3 || !slices.Contains(shells, path.Base(words[0])) || words[1] != "-c" && words[1] != "-lc" && words[1] != "-ec" {
		return [][]string{words}
	}
	if len(words) != 3 || strings.ContainsAny(words[2], "|$`(){}<>*?\\#") {
		return [][]string{words}
	}
	var out [][]string
	for _, part := range strings.FieldsFunc(strings.ReplaceAll(words[2], "&&", ";"), func(c rune) bool { return c == ';' || c == '\n' }) {
		if w := split(part); len(w) > 0 {
			out = append(out, w)
		}
	}
	return out
}

// split divides a command into words; quotes keep words together.
func split(text string) []string {
	var out []string
	var word strings.Builder
	quote, in := rune(0), false
	for _, c := range text {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(c)
		case c == '\'' || c == '"':
			quote, in = c, true
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			if in {
				out, in = append(out, word.String()), false
				word.Reset()
			}
		default:
			word.WriteRune(c)
			in = true
		}
	}
	if in {
		out = append(out, word.String())
	}
	return out
}

// setter reads one command after the other.
type setter struct {
	s        *Setup
	problems place.Problems
	pos      place.Pos
	words    []string
}

func (x *setter) text() string { return strings.Join(x.words, " ") }

// refuse notes a command that changes where packets go, or may.
func (x *setter) refuse(why string) { x.problems.Addf(x.pos, "exec: %q: %s", shown(x.text()), why) }

func (x *setter) pass() { x.s.Passed.Addf(x.pos, "exec: %q", shown(x.text())) }

// shown is a text of the user as a message shows it.
func shown(text string) string {
	const most = 100
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// steering are programs that change where packets go, in words that closlab does not read.
var steering = []string{"iptables", "ip6tables", "iptables-legacy", "nft", "tc", "brctl", "bridge", "ovs-vsctl", "ovs-ofctl", "ifconfig", "route", "udhcpc",
	"dhclient", "dhcpcd", "wg", "wg-quick", "ifenslave", "vconfig", "teamd", "ebtables", "vtysh"}

// command reads a simple command.
func (x *setter) command() {
	for len(x.words) > 0 && (x.words[0] == "sudo" || x.words[0] == "exec") {
		x.words = x.words[1:]
	}
	if len(x.words) == 0 {
		return
	}
	switch name := path.Base(x.words[0]); {
	case name == "ip":
		x.ip()
	case name == "vtysh" && !slices.ContainsFunc(x.words, func(w string) bool { return strings.HasPrefix(w, "conf") }):
		x.pass() // asks, or reads the file that is bound
	case slices.Contains(steering, name):
		x.refuse("it may change where packets go, and closlab does not read " + name)
	case slices.Contains(shells, name) && x.steers():
		x.refuse("it may change where packets go, and closlab is no shell: write its commands one by one")
	default:
		x.pass()
	}
}

// steers reports whether a script for a shell has words that may change where packets go.
func (x *setter) steers() bool {
	words := strings.FieldsFunc(x.text(), func(c rune) bool { return strings.ContainsRune(" \t\n\r;&|()`'\"", c) })
	return slices.ContainsFunc(words, func(w string) bool { w = path.Base(w); return w == "ip" || slices.Contains(steering, w) })
}

// ip reads an ip(8) command.
func (x *setter) ip() {
	words := slices.DeleteFunc(slices.Clone(x.words[1:]), func(w string) bool { return strings.HasPrefix(w, "-") })
	if len(words) < 2 {
		x.pass()
		return
	}
	object, verb, rest := words[0], words[1], words[2:]
	is := func(full string) bool { return strings.HasPrefix(full, object) }
	switch {
	case is("address"):
		x.address(verb, rest)
	case is("route"):
		x.route(verb, rest)
	case is("link"):
		x.link(verb, rest)
	case is("neighbour"), is("neighbor"), slices.Contains([]string{"show", "list", "ls", "s"}, verb):
		x.pass()
	default:
		x.refuse("closlab reads ip address, ip route and ip link")
	}
}

// adds reports whether a verb of ip(8) adds something.
func adds(verb string) bool {
	return slices.Contains([]string{"a", "ad", "add", "replace", "change", "append", "r", "rep"}, verb)
}

// removes reports whether it takes something away.
func removes(verb string) bool {
	return slices.Contains([]string{"d", "del", "delete", "flush", "f"}, verb)
}
