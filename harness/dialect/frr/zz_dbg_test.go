package frr_test

import (
	"fmt"
	"github.com/closlab/closlab/harness/dialect/frr"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestZZ(t *testing.T) {
	pats := strings.Split(os.Getenv("PAT"), "|")
	filepath.WalkDir("/tmp/corpus", func(p string, d fs.DirEntry, err error) error {
		if d.IsDir() {
			return nil
		}
		b, _ := os.ReadFile(p)
		_, e := frr.Read(p, b)
		if e != nil {
			for _, l := range strings.Split(e.Error(), "\n") {
				for _, x := range pats {
					if strings.Contains(l, x) {
						fmt.Println(strings.TrimPrefix(l, "/tmp/corpus/"))
						break
					}
				}
			}
		}
		return nil
	})
}
