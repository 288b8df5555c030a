package candidate

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// repository is a git repository with a fabric in the folder site, and a command to run in it.
func repository(t *testing.T) (site string, run func(args ...string)) {
	t.Helper()
	dir := small(named2).folder(t)
	run = func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", filepath.Dir(dir), "-c", "user.name=ci", "-c", "user.email=ci@example.net"}, args...)...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	run("init", "-q", "-b", "main")
	run("add", ".")
	run("commit", "-q", "-m", "baseline")
	return dir, run
}

func edit(t *testing.T, file, old, new string) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), old)
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(text), old, new, 1)), 0o644))
}

func TestTheWorkingCopyIsTheCandidate(t *testing.T) {
	t.Parallel()
	site, git := repository(t)
	policy := filepath.Join(site, "policy", "spine.junos.conf")
	b, err := LoadAt(site, "main")
	require.NoError(t, err)
	_, err = b.WithWorkingCopy()
	require.ErrorContains(t, err, "changes nothing")

	edit(t, policy, "import ONE;", "import TWO;")
	c, err := b.WithWorkingCopy()
	require.NoError(t, err)
	require.Equal(t, []string{"spine.junos.conf"}, c.Files)
	require.Equal(t, []string{"spine1"}, c.Order)

	git("commit", "-q", "-a", "-m", "change")
	b, err = LoadAt(site, "HEAD")
	require.NoError(t, err)
	_, err = b.WithWorkingCopy()
	require.ErrorContains(t, err, "changes nothing")
	b, err = LoadAt(site, "HEAD~1")
	require.NoError(t, err)
	c, err = b.WithWorkingCopy()
	require.NoError(t, err)
	require.Equal(t, []string{"spine.junos.conf"}, c.Files)
	require.Equal(t, "HEAD~1:"+policy, b.Configs["spine.junos.conf"].Sessions[0].Pos.File)
}

func TestTextsThatComeAndGoAreNotJudged(t *testing.T) {
	t.Parallel()
	site, _ := repository(t)
	b, err := LoadAt(site, "main")
	require.NoError(t, err)
	folder := filepath.Join(site, "policy")
	require.NoError(t, os.Rename(filepath.Join(folder, "spine.junos.conf"), filepath.Join(folder, "other.set")))
	_, err = b.WithWorkingCopy()
	require.ErrorContains(t, err, "other.set: new: closlab judges changes of the texts that the baseline has")
	require.ErrorContains(t, err, "spine.junos.conf: removed: closlab cannot judge a router without its text")
}

// Whatever stands where a revision should, git takes it for one or for nothing.
func TestRevisionsThatAreNone(t *testing.T) {
	t.Parallel()
	site, _ := repository(t)
	for _, rev := range []string{"nowhere", "", "--help", "-h", "--output=x", "--git-dir=/", "main --", "main:site", "main^{tree}",
		"$(touch pwned)", "; touch pwned", "main\x00x", "main\n", "@{-1}", ":/nothing like this", strings.Repeat("a", 1<<17)} {
		_, err := LoadAt(site, rev)
		require.Error(t, err, "%q", rev)
	}
	for _, name := range []string{"pwned", "policy/pwned", "x", "policy/x"} {
		require.NoFileExists(t, filepath.Join(site, name))
	}
}

func TestARevisionWithoutTheFolder(t *testing.T) {
	t.Parallel()
	site, git := repository(t)
	git("rm", "-q", "-r", "--cached", ".")
	git("commit", "-q", "-m", "nothing")
	_, err := LoadAt(site, "main")
	require.ErrorContains(t, err, "main:"+filepath.Join(site, "fabric.yaml"))
}

// Who changes a policy does not change what it is judged by.
func TestInvariantsAreThoseOfTheRevision(t *testing.T) {
	t.Parallel()
	site, git := repository(t)
	file := filepath.Join(site, "fabric.yaml")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, append(text, "invariants: [{name: up, sessions: all}]\n"...), 0o644))
	git("commit", "-qam", "an invariant")
	require.NoError(t, os.WriteFile(file, text, 0o644))
	edit(t, filepath.Join(site, "policy", "spine.junos.conf"), "import ONE;", "import TWO;")
	b, err := LoadAt(site, "main")
	require.NoError(t, err)
	require.Len(t, b.Fabric.Invariants, 1)
	c, err := b.WithWorkingCopy()
	require.NoError(t, err)
	require.ErrorContains(t, c.Unjudged.Err(), file+": differs from main:")
}

// A file that is too large is known by its size and not read.
func TestARevisionWithAHugeFile(t *testing.T) {
	t.Parallel()
	site, git := repository(t)
	file := filepath.Join(site, "policy", "huge.conf")
	require.NoError(t, os.WriteFile(file, make([]byte, MaxFile+1), 0o644))
	git("add", ".")
	git("commit", "-q", "-m", "huge")
	_, err := LoadAt(site, "main")
	require.ErrorContains(t, err, "main:"+file+": over the limit of 16 MiB a file and 2000 files")
}

// A repository by itself below the folder must not answer for the one that holds it.
func TestABareRepositoryInThePolicyFolder(t *testing.T) {
	t.Parallel()
	site, git := repository(t)
	git("clone", "-q", "--bare", ".", filepath.Join(site, "bare"))
	folder := filepath.Join(site, "policy")
	for _, name := range []string{"HEAD", "config", "objects", "refs"} {
		require.NoError(t, os.Rename(filepath.Join(site, "bare", name), filepath.Join(folder, name)))
	}
	_, err := LoadAt(site, "main")
	require.ErrorContains(t, err, "bare")
}
