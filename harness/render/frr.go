package render

import (
	"cmp"
	"net/netip"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
	"github.com/closlab/closlab/harness/speaker"
)

// What FRR's own start scripts read beside frr.conf: which daemons to start, and that all of them share that file.
const (
	daemonsFile = `# Which daemons FRR's start script runs.
zebra=yes
bgpd=yes
staticd=yes
vtysh_enable=yes
zebra_options=" -A 127.0.0.1 -s 90000000"
bgpd_options=" -A 127.0.0.1"
staticd_options="-A 127.0.0.1"
`
	vtyshFile = "service integrated-vtysh-config\n"
)

// frr returns the files of an FRR router. Its daemons start when all links have their names: zebra 8.4 can lose the link-local address of one
// that is renamed while it looks, and bgpd then its IPv6 sessions.
func (n *node) frr() ([]file, error) {
	var problems place.Problems
	for _, r := range n.Routes {
		if r.Protocol == policy.Aggregate {
			problems.Addf(r.Pos, "node %s: aggregate routes do not run on FRR without closlab: use engine gobgp", n.Name)
		}
	}
	program, err := n.routeMaps()
	problems.Add(n.Pos, err)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	text, err := speaker.Conf(n.router(), n.peers(), n.own(best(n.routes())), program)
	problems.Add(n.Pos, err)
	return []file{{"daemons", daemonsFile}, {"frr.conf", text}, {"vtysh.conf", vtyshFile}, n.start(append(n.addresses(), "exec /usr/lib/frr/docker-start")...)}, problems.Err()
}

func (n *node) router() speaker.Router {
	return speaker.Router{Name: n.Name, Engine: n.engine(), ASN: n.ASN, ID: n.RouterID, Paths: n.Paths}
}

// subnets returns the addresses of all interfaces.
func (n *node) subnets() map[string][]netip.Prefix {
	out := map[string][]netip.Prefix{"lo": n.loopback()}
	for i := range n.links {
		out[n.links[i].name] = n.links[i].subnets()
	}
	return out
}

// engine returns what a router runs: GoBGP unless the fabric says otherwise.
func (n *node) engine() string { return cmp.Or(n.Engine, speaker.GoBGP) }
