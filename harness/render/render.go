package render

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"path"
	"strconv"

	"github.com/closlab/closlab/harness/dialect/clab"
	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/speaker"
)

// Options are what the caller chooses.
type Options struct {
	FRR   string // image of FRR routers, servers and hosts: FRR, and ip of iproute2
	GoBGP string // image of GoBGP routers: this command
	Seed  uint64 // of the routers' flow hashes
}

// The images that closlab lab images makes.
const (
	FRRImage   = fabric.FRRImage
	GoBGPImage = "closlab/router:latest"
)

// file is a file of a node by its name in the node's folder.
type file struct{ name, text string }

// Topology returns the containerlab topology of a fabric and the files that it needs beside it. The error is a place.Problems with
// everything that the routers' engines cannot do.
func Topology(f *fabric.Fabric, opt Options) (*clab.Lab, map[string][]clab.File, error) {
	return topology(f, opt, func(name string) string { return name })
}

func topology(f *fabric.Fabric, opt Options, name func(string) string) (*clab.Lab, map[string][]clab.File, error) {
	private := false
	t := &clab.Lab{
		Name: f.Name, Notes: notes(f),
		Defaults: clab.Container{Kind: "linux", NetworkMode: "none", Privileged: &private, CapAdd: []string{"NET_ADMIN", "NET_RAW", "SYS_ADMIN"}, Sysctls: common()},
		Nodes:    map[string]*clab.Container{},
	}
	files := map[string][]clab.File{}
	var problems place.Problems
	all := nodes(f, name)
	for _, n := range all {
		out, beside, err := n.render(opt)
		problems.Add(n.Pos, err)
		t.Nodes[n.name] = out
		for _, x := range beside {
			files[n.name] = append(files[n.name], clab.File{Path: n.name + "/" + x.name, Text: []byte(x.text)})
		}
	}
	t.Links = links(f, all)
	return t, files, problems.Err()
}

// links returns the links of the fabric in its order.
func links(f *fabric.Fabric, all []*node) []clab.Wire {
	next, at := map[string]int{}, map[string]*node{}
	for _, n := range all {
		at[n.Name] = n
	}
	end := func(name string) string {
		n := at[name]
		next[name]++
		return n.name + ":" + n.links[next[name]-1].name
	}
	var out []clab.Wire
	for _, l := range f.Links {
		out = append(out, clab.Wire{Endpoints: [2]string{end(l.From), end(l.To)}})
	}
	return out
}

// render returns a node and its files.
func (n *node) render(opt Options) (*clab.Container, []file, error) {
	out := &clab.Container{Image: opt.FRR, Cmd: "sh " + closlabFolder + startFile, Sysctls: n.sysctls(opt.Seed)}
	var files []file
	var err error
	switch {
	case n.Role != fabric.Router:
		files = n.host()
	case n.engine() == fabric.Native:
		x := file{path.Base(n.Config), n.f.Texts[n.Name]}
		private := true
		return &clab.Container{Kind: n.Kind, Image: n.Image, Startup: n.name + "/" + x.name, Privileged: &private}, []file{x}, nil
	case n.engine() == speaker.FRR:
		files, err = n.frr()
	default:
		out.Image, out.Cmd = opt.GoBGP, ""
		files, err = n.gobgp()
	}
	out.Image = cmp.Or(n.Image, out.Image)
	for _, x := range files {
		folder := closlabFolder
		if n.engine() == speaker.FRR && x.name != startFile {
			folder = "/etc/frr/"
		}
		out.Binds = append(out.Binds, n.name+"/"+x.name+":"+folder+x.name+":ro")
	}
	return out, files, err
}

// closlabFolder is where nodes have what is not FRR's.
const closlabFolder = "/etc/closlab/"

// common are the kernel settings of all nodes: no reverse path filter, IPv6 addresses without looking for duplicates, kept while their
// link is down, and nothing learned from router advertisements.
func common() map[string]string {
	out := map[string]string{}
	for _, scope := range []string{"all", "default"} {
		out["net.ipv4.conf."+scope+".rp_filter"] = "0"
		for key, value := range map[string]string{"disable_ipv6": "0", "accept_dad": "0", "keep_addr_on_down": "1", "accept_ra": "0"} {
			out["net.ipv6.conf."+scope+"."+key] = value
		}
	}
	for _, fam := range []string{"ipv4", "ipv6"} {
		out["net."+fam+".fib_multipath_hash_policy"] = "3"
		out["net."+fam+".fib_multipath_hash_fields"] = "55" // 0x37: addresses, protocol, ports
	}
	return out
}

// sysctls are the settings of one node: whether it forwards, and its own seed of flow hashes, as a live lab's.
func (n *node) sysctls(seed uint64) map[string]string {
	h := fnv.New32a()
	fmt.Fprintf(h, "%s %d", n.Name, seed)
	out := map[string]string{"net.ipv4.fib_multipath_hash_seed": strconv.FormatUint(uint64(max(h.Sum32(), 1)), 10)}
	forward := "0"
	if n.Role == fabric.Router {
		forward = "1"
	}
	maps.Copy(out, map[string]string{"net.ipv4.ip_forward": forward, "net.ipv6.conf.all.forwarding": forward, "net.ipv6.conf.default.forwarding": forward})
	return out
}

// notes is what the head of the topology says.
func notes(f *fabric.Fabric) []string {
	return []string{
		"Fabric " + f.Name + " as closlab render has written it. It needs containerlab 0.78 or later, and Linux 6.11 or later for the line",
		"net.ipv4.fib_multipath_hash_seed of each node; without them routers that follow each other spread flows alike.",
	}
}
