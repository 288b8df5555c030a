package conf

import "bytes"

// Set returns the configuration in the set form: every set line, then what is deactivated and
// protected. The tags of load replace have no set form and are left out with what delete: names.
func (c *Config) Set() []byte {
	var lines, marks bytes.Buffer
	var walk func(*item, string)
	walk = func(it *item, path string) {
		for c := it.first; c != nil; c = c.next {
			if c.tag == "delete:" {
				continue
			}
			at := path + " " + c.text()
			if c.n == 0 {
				lines.WriteString("set" + at + "\n")
			}
			if c.inactive {
				marks.WriteString("deactivate" + at + "\n")
			}
			if c.protect {
				marks.WriteString("protect" + at + "\n")
			}
			walk(c, at)
		}
	}
	walk(c.root, "")
	return append(lines.Bytes(), marks.Bytes()...)
}
