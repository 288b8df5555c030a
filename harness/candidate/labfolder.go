package candidate

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/closlab/closlab/harness/dialect/clab"
	"github.com/closlab/closlab/harness/survey"
)

// labFolder returns the lowest folder with the topology, which is in dir, and all configurations that it binds, and where in it the topology is. It is
// never above the git repository: where it would be, it is dir, and what lies outside is refused.
func labFolder(dir string, top *clab.Topology) (whole, below string) {
	dir = filepath.Clean(dir)
	up := 0
	for _, n := range top.Nodes {
		host, _ := n.Bound(survey.Configuration)
		i := 0
		for rest := path.Clean(host); strings.HasPrefix(rest, "../"); i++ {
			rest = rest[len("../"):]
		}
		up = max(up, i)
	}
	if up == 0 {
		return dir, ""
	}
	prefix, err := git(dir, "rev-parse", "--show-prefix")
	folders := strings.FieldsFunc(strings.TrimSpace(string(prefix)), func(c rune) bool { return c == '/' })
	if err != nil || len(folders) < up {
		return dir, ""
	}
	whole, below = filepath.Join(dir, strings.Repeat("../", up)), path.Join(folders[len(folders)-up:]...)
	if !sameFile(dir, filepath.Join(whole, below)) { // a link leads to dir
		return dir, ""
	}
	return whole, below
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(x, y)
}
