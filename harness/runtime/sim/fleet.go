package sim

import (
	"slices"

	"github.com/closlab/closlab/harness/fabric"
	"github.com/closlab/closlab/harness/multimog"
)

// Sites returns the sites that have a service, in fabric order.
func Sites(f *fabric.Fabric, service *fabric.Service) []string {
	var out []string
	for _, c := range f.Colos {
		if slices.Contains(service.Colos, c.Name) && !slices.Contains(out, c.Site) {
			out = append(out, c.Site)
		}
	}
	return out
}

// Fleet returns the servers that share a service at a site; those of a colo have equal parts of its capacity.
func Fleet(f *fabric.Fabric, service *fabric.Service, site string) multimog.Fleet {
	var out multimog.Fleet
	for _, c := range f.Colos {
		if c.Site != site || !slices.Contains(service.Colos, c.Name) {
			continue
		}
		for _, name := range c.Servers {
			out = append(out, multimog.Server{Name: name, Colo: c.Name, Weight: c.Capacity / float64(len(c.Servers))})
		}
	}
	return out
}
