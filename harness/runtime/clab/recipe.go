//go:build linux

package clab

import (
	"archive/tar"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/closlab/closlab/harness/daemons"
)

// recipe is how an image is made of this machine's files.
type recipe struct {
	must   []string          // programs and libraries, with all libraries that they need: paths, or names in the PATH
	may    []string          // the same, where the machine has them; with patterns
	texts  map[string]string // files
	self   bool              // with this binary at /closlab
	config []string          // lines of a Dockerfile
}

// tools are for people who look around in a container.
var tools = []string{"ip", "ping", "ss", "cat", "ls", "ps"}

var recipes = map[string]*recipe{
	bareImage: {must: []string{"sh"}, may: tools, self: true, config: []string{"ENTRYPOINT [\"/closlab\"]", "CMD [\"router\"]"},
		texts: map[string]string{"etc/passwd": "root:x:0:0:root:/:/bin/sh\n", "etc/group": "root:x:0:\n"}},
	frrImage: {
		must: []string{"sh", "sleep", "tini", daemons.Folder + "/zebra", daemons.Folder + "/staticd", daemons.Folder + "/bgpd", "vtysh"},
		may: append([]string{daemons.Folder + "/mgmtd", daemons.Folder + "/watchfrr", "/usr/lib/*/frr/modules/bgpd_bmp.so", "/usr/lib/frr/modules/bgpd_bmp.so",
			"/usr/lib/*/security/pam_permit.so", "/lib/*/security/pam_permit.so"}, tools...),
		config: []string{"ENTRYPOINT [\"/usr/bin/tini\", \"--\"]", "CMD [\"/usr/lib/frr/docker-start\"]"},
		texts: map[string]string{
			"etc/passwd":               "root:x:0:0:root:/:/bin/sh\nfrr:x:101:101::/nonexistent:/bin/false\n",
			"etc/group":                "root:x:0:\nfrr:x:101:\nfrrvty:x:102:frr\n",
			"etc/pam.d/frr":            "auth sufficient pam_permit.so\naccount sufficient pam_permit.so\n",
			"etc/frr/vtysh.conf":       "",
			"usr/lib/frr/docker-start": start,
		},
	},
}

// start runs FRR in a container that closlab does not run: as the daemons file says, with the configuration in /etc/frr.
const start = `#!/bin/sh
bgpd=yes zebra_options="-s 1000000"
[ ! -e /etc/frr/daemons ] || . /etc/frr/daemons
/usr/lib/frr/zebra -d $zebra_options
/usr/lib/frr/staticd -d $staticd_options
[ "$bgpd" != yes ] || /usr/lib/frr/bgpd -d $bgpd_options
vtysh -b
exec sleep infinity
`

// roots returns the files that are asked for, by their paths.
func (r *recipe) roots() ([]string, error) {
	var out []string
	for i, name := range slices.Concat(r.must, r.may) {
		if !strings.HasPrefix(name, "/") {
			if path, err := exec.LookPath(name); err == nil {
				out = append(out, path)
				continue
			}
		} else if found, _ := filepath.Glob(name); len(found) > 0 {
			out = append(out, found...)
			continue
		}
		if i < len(r.must) {
			return nil, fmt.Errorf("%s: this machine does not have it, which the image is to be made of: install it, or make the image as scripts/Dockerfile.frr does", name)
		}
	}
	return out, nil
}

// source returns a digest of what the image is made of: of the files that are asked for, by size and time.
func (r *recipe) source() (string, error) {
	roots, err := r.roots()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, path := range roots {
		info, err := os.Stat(path)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(h, path, info.Size(), info.ModTime().UnixNano())
	}
	fmt.Fprintln(h, r.config, r.texts)
	return fmt.Sprintf("%x", h.Sum(nil)[:8]), nil
}

// tar writes the image's file system.
func (r *recipe) tar(to io.Writer) error {
	roots, err := r.roots()
	if err != nil {
		return err
	}
	paths, err := closure(roots)
	if err != nil {
		return err
	}
	out := tar.NewWriter(to)
	for _, dir := range []string{"root/", "run/frr/", "tmp/", "var/tmp/", "etc/frr/"} {
		out.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o1777})
	}
	for _, at := range []string{"/bin", "/sbin", "/lib", "/lib64", "/var/run"} { // where this machine has them elsewhere
		if to, err := os.Readlink(at); err == nil {
			out.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: at[1:], Linkname: to})
		}
	}
	for name, text := range r.texts {
		out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o755, Size: int64(len(text))})
		io.WriteString(out, text)
	}
	for _, path := range paths {
		if err := add(out, path, path); err != nil {
			return err
		}
	}
	if r.self {
		if err := add(out, "/proc/self/exe", binary); err != nil {
			return err
		}
	}
	return out.Close()
}

// add adds a file of this machine, whatever it is a link to.
func add(out *tar.Writer, path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: strings.TrimPrefix(name, "/"), Mode: int64(info.Mode().Perm()), Size: info.Size()}); err != nil {
		return err
	}
	_, err = io.Copy(out, f)
	return err
}

// needed is a library in the output of ldd(1).
var needed = regexp.MustCompile(`(?m)^\s+(?:\S+ => )?(/\S+) \(0x`)

// closure returns the paths with those of all libraries that they need, each once, in their real folders.
func closure(paths []string) ([]string, error) {
	out := slices.Clone(paths)
	for _, path := range paths {
		text, err := exec.Command("ldd", path).Output()
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("libraries of %s: %w", path, err)
		} // else it needs none
		for _, m := range needed.FindAllSubmatch(text, -1) {
			out = append(out, string(m[1]))
		}
	}
	for i, path := range out {
		if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
			out[i] = filepath.Join(dir, filepath.Base(path))
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
