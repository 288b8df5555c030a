//go:build linux

package speaker

import (
	"errors"
	"fmt"
)

// carrier does what a link demands that has gained or lost its carrier: sessions over it end at once, as do routes, and come back. bgpd
// by itself would wait for the hold time where they are iBGP.
func (r *frrRouter) carrier(link string, up bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.links.turn(link, up) {
		return nil
	}
	defer r.ring()
	return errors.Join(r.meet(), r.reconsider())
}

// meet has bgpd speak to the neighbours on links with a carrier, and to no others.
func (r *frrRouter) meet() error {
	add, drop := r.links.differ(r.peers, r.spoken)
	if err := r.dropPeers(drop); err != nil {
		return err
	}
	return r.addPeers(add)
}

// addPeers configures neighbours.
func (r *frrRouter) addPeers(peers []Peer) error {
	var lines []string
	for _, p := range peers {
		lines = append(lines, p.lines(r.ASN, r.maps.Attach[p.Remote])...)
		r.spoken[p.Remote] = true
	}
	return r.daemons.ConfigureBGP(lines...)
}

// dropPeers removes neighbours and what they sent.
func (r *frrRouter) dropPeers(peers []Peer) error {
	var lines []string
	for _, p := range peers {
		lines = append(lines, "no neighbor "+p.Remote.String())
		delete(r.spoken, p.Remote)
	}
	return r.daemons.ConfigureBGP(lines...)
}

// resend sends all routes once more to those of the neighbours that bgpd has.
func (r *frrRouter) resend(peers []Peer) error {
	for _, p := range peers {
		if !r.spoken[p.Remote] {
			continue
		}
		if _, err := r.daemons.BGP.Ask(fmt.Sprintf("clear bgp %s unicast %s soft out", family(p.Remote), p.Remote)); err != nil {
			return err
		}
	}
	return nil
}

// install has bgpd give all routes that it uses to zebra once more: it does so when a family's table-map comes or goes. One that permits
// all changes nothing.
func (r *frrRouter) install() error {
	const all = "closlab-all"
	if err := r.daemons.BGP.Configure("route-map "+all+" permit 10", "exit"); err != nil {
		return err
	}
	for _, no := range []string{"", "no "} {
		var lines []string
		for _, fam := range []string{"ipv4", "ipv6"} {
			lines = append(lines, "address-family "+fam+" unicast", no+"table-map "+all, "exit-address-family")
		}
		if err := r.daemons.ConfigureBGP(lines...); err != nil {
			return err
		}
	}
	return r.daemons.BGP.Configure("no route-map " + all)
}
