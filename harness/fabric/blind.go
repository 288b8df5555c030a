package fabric

import (
	"path"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// blindFile is how the names of configuration files end that are of a kind whose commands closlab does not know.
const blindFile = ".opaque"

// startup says that a configuration is given to containerlab as the node's startup-config.
const startup = "startup-config"

// Blind reports whether the router is of a kind whose commands closlab does not know: it boots with its configuration, a change of which
// is a new container, and nothing is read back from it. It is judged by what its neighbours and packets show.
func (n *Node) Blind() bool { return n.Engine == Native && n.kind().Name == "" }

// kindLike is what containerlab calls kinds.
var kindLike = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// numbered is a pattern of interfaces' names, with their number from 0 or 1.
var numbered = regexp.MustCompile(`^([A-Za-z0-9._-]*)\{([01])\}([A-Za-z0-9._-]*)$`)

// blind reads what only a router of such a kind has: where its container finds the configuration, and what its interfaces are called.
func (b *builder) blind(m map[string]*yaml.Node, nodes []*Node, kind word, what string) {
	mount, ports := b.text(m["mount"], what+": mount"), b.text(m["interfaces"], what+": interfaces")
	known := kind.text == "" || len(nodes) == 0 || nodes[0].Engine != Native
	for _, k := range Kinds {
		known = known || k.Name == kind.text
	}
	switch {
	case known && (m["mount"] != nil || m["interfaces"] != nil):
		b.problems.Addf(kind.pos, "%s: mount and interfaces are for kinds whose commands closlab does not know: %s are known", what, kindNames())
		return
	case known:
		return
	case !kindLike.MatchString(kind.text):
		b.problems.Addf(kind.pos, "%s: %q is no kind of containerlab's, such as cisco_xrd", what, kind.text)
	case mount.text == "":
		b.problems.Addf(kind.pos, "%s: closlab does not know the commands of kind %q: say where its container finds its configuration, as in mount: /etc/router.conf, "+
			"or mount: %s where containerlab has one for that kind", what, kind.text, startup)
	case mount.text != startup && (!path.IsAbs(mount.text) || path.Clean(mount.text) != mount.text || strings.Contains(mount.text, ":")):
		b.problems.Addf(mount.pos, "%s: mount: %q is no path in a container such as /etc/router.conf", what, mount.text)
	case ports.text != "" && !numbered.MatchString(ports.text):
		b.problems.Addf(ports.pos, "%s: interfaces: %q: number them from 0 or 1, as in Gi0-0-0-{0} or eth{1}", what, ports.text)
	}
	for _, n := range nodes {
		n.Mount = mount.text
		if n.ports = "eth%d"; ports.text != "" {
			n.ports = numbered.ReplaceAllString(ports.text, "${1}%d${3}")
			n.fromZero = strings.Contains(ports.text, "{0}")
		}
	}
}

// Startup reports whether containerlab is to have the configuration as the node's startup-config.
func (n *Node) Startup() bool { return n.Mount == startup }
