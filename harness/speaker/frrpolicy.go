//go:build linux

package speaker

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// setPolicy takes other route-maps into use: they are defined under names of their own, read back, given to the sessions one after
// the other, and only then are the old ones removed. No list is ever missing while a route-map asks it.
func (r *frrRouter) setPolicy(maps *RouteMaps) error {
	if err := r.daemons.BGP.Configure(maps.Lines...); err != nil {
		return err
	}
	if err := r.readBack(maps.Lines); err != nil {
		return err
	}
	r.maps = maps
	var lines []string
	for _, a := range r.neighbours() {
		lines = append(lines, "address-family "+family(a)+" unicast")
		lines = append(append(lines, maps.Attach[a]...), "exit-address-family")
	}
	if err := r.daemons.ConfigureBGP(lines...); err != nil {
		return err
	}
	if err := r.daemons.BGP.Configure(maps.Retire...); err != nil {
		return err
	}
	for _, a := range r.neighbours() {
		if _, err := r.daemons.BGP.Ask(fmt.Sprintf("clear bgp %s unicast %s soft", family(a), a)); err != nil {
			return err
		}
	}
	return nil
}

// neighbours returns the addresses of the neighbours that bgpd has, sorted.
func (r *frrRouter) neighbours() []netip.Addr {
	var out []netip.Addr
	for a := range r.spoken {
		out = append(out, a)
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return out
}

// readBack compares the running configuration with the lines it was given, each in its place: bgpd answers some with success that it then
// does not hold.
func (r *frrRouter) readBack(lines []string) error {
	text, err := r.daemons.BGP.Ask("show running-config")
	if err != nil {
		return err
	}
	running := map[string]bool{}
	for place := range places(strings.Split(text, "\n")) {
		running[place] = true
	}
	for place := range places(lines) {
		if !running[place] {
			return fmt.Errorf("bgpd does not hold what it was given: %q", place)
		}
	}
	return nil
}

// places yields every line of policy with the heading that it stands under. A description is for people.
func places(lines []string) func(func(string) bool) {
	return func(yield func(string) bool) {
		heading := ""
		for _, line := range lines {
			word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch {
			case word == "" || word == "!" || word == "exit" || word == "description":
				continue
			case line[0] != ' ':
				heading = line
			}
			if !yield(heading + " / " + strings.TrimSpace(line)) {
				return
			}
		}
	}
}
