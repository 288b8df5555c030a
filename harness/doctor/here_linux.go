package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"time"

	"github.com/closlab/closlab/harness/budget"
	"github.com/closlab/closlab/harness/daemons"
	"github.com/closlab/closlab/harness/kernel"
	"github.com/closlab/closlab/harness/multimog"
	"github.com/closlab/closlab/harness/multimog/dataplane"
	"github.com/closlab/closlab/harness/runtime/clab"
	"github.com/closlab/closlab/harness/speaker"
)

// Here returns what to try on this machine; images are those of nodes that name none.
func Here(names ...string) []Check {
	return []Check{
		simulated,
		{Name: "namespaces", For: "--runtime netns, and clab", Try: namespaces},
		{Name: "gobgp", For: "live routers that run GoBGP", Try: router(speaker.GoBGP)},
		{Name: "frr", For: "live routers that run FRR", Try: router(speaker.FRR)},
		{Name: "services", For: "load balancers and counted loads on live fabrics with services", Try: services},
		{Name: "memory", For: "live fabrics of some size", Try: memory},
		{Name: "docker", For: "--runtime clab: Docker, or Podman by DOCKER_HOST", Try: engine},
		{Name: "closlab-clab", For: "--runtime clab", Try: clab.Driver},
		{Name: "images", For: "--runtime clab and rendered topologies", Optional: true, Try: images(names...)},
		rendered,
		{Name: "containerlab", For: "deploying what closlab render writes", Optional: true, Try: command("containerlab", "get it from containerlab.dev")},
		{Name: "vtysh", For: "looking at FRR routers", Optional: true, Try: command("vtysh", "Debian, Ubuntu: apt-get install frr")},
		{Name: "git", For: "closlab gate --base REVISION", Optional: true, Try: command("git", "Debian, Ubuntu: apt-get install git")},
	}
}

// namespaces makes two with a link between them.
func namespaces(context.Context) (string, error) {
	if err := kernel.Supported(); err != nil {
		return "", err
	}
	ends, err := linked()
	if err != nil {
		return "", fmt.Errorf("%w: links need CAP_NET_ADMIN and veth (CONFIG_VETH)", err)
	}
	return "Linux " + kernel.Release(), errors.Join(ends[0].Close(), ends[1].Close())
}

// linked returns two anonymous namespaces with a link between them, called eth0 in both. They are gone when they are closed.
func linked() (ends [2]*kernel.Namespace, err error) {
	for i := range ends {
		if ends[i], err = kernel.New(""); err != nil {
			break
		}
	}
	if err == nil {
		a := netip.MustParsePrefix("100.64.0.0/31")
		b := netip.PrefixFrom(a.Addr().Next(), a.Bits())
		err = kernel.Connect(kernel.End{In: ends[0], Name: "eth0", Addrs: []netip.Prefix{a}}, kernel.End{In: ends[1], Name: "eth0", Addrs: []netip.Prefix{b}}, 1500)
	}
	if err != nil {
		for _, n := range ends {
			if n != nil {
				n.Close()
			}
		}
	}
	return ends, err
}

// router starts a router of the engine in a namespace of its own.
func router(engine string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		if engine == speaker.FRR {
			if err := daemons.Installed(); err != nil {
				return "", err
			}
		}
		ns, err := kernel.New("")
		if err != nil {
			return "", fmt.Errorf("%w: run as root (sudo)", err)
		}
		defer ns.Close()
		who := speaker.Router{Name: "doctor", Engine: engine, ASN: 65000, ID: netip.MustParseAddr("192.0.2.1")}
		p, err := speaker.Start(ctx, ns, who, io.Discard, func(*speaker.Glance) {})
		if err != nil {
			return "", err
		}
		defer p.Kill()
		return p.Version, nil
	}
}

// services loads the load balancer and puts it on a link.
func services(context.Context) (string, error) {
	ends, err := linked()
	if err != nil {
		return "", fmt.Errorf("%w: run as root (sudo)", err)
	}
	defer ends[0].Close()
	defer ends[1].Close()
	vip := netip.MustParseAddr("192.0.2.1")
	s, err := dataplane.Load(dataplane.Config{Self: "doctor", Size: 251,
		Members: []dataplane.Member{{Name: "doctor", Colo: "A", Addrs: []netip.Addr{netip.MustParseAddr("198.18.0.1")}}},
		VIPs:    []dataplane.VIP{{Addr: vip, Fleet: multimog.Fleet{{Name: "doctor", Colo: "A", Weight: 1}}}}})
	if err == nil {
		defer s.Close()
		err = ends[0].Do(func() error { return s.Attach("eth0") })
	}
	if err != nil {
		return "", fmt.Errorf("%w: services need BPF: Linux 5.10 or later, as root or with CAP_BPF and memory that may be locked", err)
	}
	return "BPF programs load, and see what links receive", nil
}

// memory tells how many routers there is room for.
func memory(context.Context) (string, error) {
	available, err := budget.Available()
	if err != nil {
		return "", err
	}
	gobgp, frr := budget.Room(available)
	detail := fmt.Sprintf("room for some %d routers of GoBGP or %d of FRR; %d cores", gobgp, frr, runtime.NumCPU())
	if frr < few {
		return "", fmt.Errorf("%s: a small fabric has %d", detail, few)
	}
	return detail, nil
}

// few is how many routers a fabric has that is worth looking at.
const few = 8

// Patience is how long the checks may take together.
const Patience = 30 * time.Second
