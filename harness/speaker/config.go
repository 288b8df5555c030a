package speaker

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"

	"github.com/osrg/gobgp/v4/api"

	"github.com/closlab/closlab/harness/dialect/gobgp"
)

// Config is all that a GoBGP router which runs by itself is to know, in one file: Serve runs it.
type Config struct {
	Router Router
	Links  map[string][]netip.Prefix // the addresses of each of its interfaces, lo among them: it waits for the others
	Peers  []Peer
	Own    []Own
	Policy *api.SetPoliciesRequest
	Assign []*api.SetPolicyAssignmentRequest
}

// NewConfig returns what the router is to know, its policies among it.
func NewConfig(r Router, links map[string][]netip.Prefix, peers []Peer, own []Own, program *gobgp.Program) *Config {
	return &Config{r, links, peers, own, program.Request(), program.Assignments()}
}

// ReadConfig reads the file of a router. What it misses is an error that names the file.
func ReadConfig(file string) (*Config, error) {
	switch info, err := os.Stat(file); { // what has no end would be read without one, and nothing could interrupt it
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: not a regular file", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	c := &Config{}
	if err := json.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if c.Router.Name == "" || !c.Router.ID.IsValid() || c.Router.ASN == 0 || c.Policy == nil {
		return nil, fmt.Errorf("%s: no configuration of a router: it needs Router with Name, ASN and ID, and Policy", file)
	}
	return c, nil
}
