package candidate

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadFolder(t *testing.T) {
	t.Parallel()
	got, err := readFolder(files{"b.conf": "2", "a/c.conf": "1", "README.md": "", ".git/x.conf": "", "a/.swp": "", "a.md/d.conf": "3"}.folder(t))
	require.NoError(t, err)
	var names []string
	for _, f := range got {
		names = append(names, f.name)
	}
	require.Equal(t, []string{"a/c.conf", "a.md/d.conf", "b.conf"}, names)
}

// Everything that is wrong in a folder is told at once, and no link is followed.
func TestReadFolderRefuses(t *testing.T) {
	t.Parallel()
	dir := files{"ok.conf": ""}.folder(t)
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(dir, "link.conf")))
	require.NoError(t, os.Symlink("..", filepath.Join(dir, "up")))
	require.NoError(t, os.Symlink("ok.conf", filepath.Join(dir, "inside.conf")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "large.conf"), make([]byte, MaxFile+1), 0o644))
	_, err := readFolder(dir)
	for _, name := range []string{"link.conf", "up", "inside.conf"} {
		require.ErrorContains(t, err, filepath.Join(dir, name)+": not a regular file")
	}
	require.ErrorContains(t, err, filepath.Join(dir, "large.conf")+": larger than 16 MiB")
}

func TestReadFolderHasLimits(t *testing.T) {
	t.Parallel()
	many := files{}
	for i := range MaxFiles + 1 {
		many[fmt.Sprintf("%d.conf", i)] = ""
	}
	_, err := readFolder(many.folder(t))
	require.ErrorContains(t, err, "more than 2000 files")

	dir := files{}.folder(t)
	require.NoError(t, os.Mkdir(dir, 0o755))
	for i := range 5 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.conf", i)), make([]byte, MaxFile), 0o644))
	}
	_, err = readFolder(dir)
	require.ErrorContains(t, err, "more than 64 MiB in all")
}

// A file's name can hold anything: in messages it is quoted if it could be taken for something else.
func TestShown(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"spine.junos.conf":   "c/spine.junos.conf",
		"Größe.conf":         "c/Größe.conf",
		"a b.conf":           "c/a b.conf",
		"a\nPASS":            `"c/a\nPASS"`,
		"\x1b[31mred":        `"c/\x1b[31mred"`,
		"::error::x":         `"c/::error::x"`,
		"\u202efnoc":         `"c/\u202efnoc"`,
		"not UTF-8 \xff.set": `"c/not UTF-8 \xff.set"`,
	} {
		require.Equal(t, want, shown("c", name))
	}
}
