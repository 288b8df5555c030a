package render

import (
	"encoding/json"

	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/speaker"
)

// gobgp returns the file of a GoBGP router, for /etc/closlab.
func (n *node) gobgp() ([]file, error) {
	var problems place.Problems
	program, err := gobgp.Compile(n.chains())
	if problems.Add(n.Pos, err); err != nil {
		return nil, problems.Err()
	}
	text, err := json.MarshalIndent(speaker.NewConfig(n.router(), n.subnets(), n.peers(), n.own(n.routes()), program), "", "  ")
	problems.Add(n.Pos, err)
	return []file{{"router.json", string(text) + "\n"}}, problems.Err()
}
