package footprint

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/stretchr/testify/require"
)

// Object is a BPF program or map of this machine.
type Object struct {
	Kind string // "prog" or "map", as proc_pid_fdinfo names them
	ID   uint32
}

// Objects returns all of this machine, whoever made them.
func Objects(t testing.TB) map[Object]bool {
	t.Helper()
	out := map[Object]bool{}
	var err error
	for id := ebpf.ProgramID(0); ; {
		if id, err = ebpf.ProgramGetNextID(id); err != nil {
			break
		}
		out[Object{"prog", uint32(id)}] = true
	}
	require.ErrorIs(t, err, os.ErrNotExist)
	for id := ebpf.MapID(0); ; {
		if id, err = ebpf.MapGetNextID(id); err != nil {
			break
		}
		out[Object{"map", uint32(id)}] = true
	}
	require.ErrorIs(t, err, os.ErrNotExist)
	return out
}

// Orphans returns the BPF objects that were not there before and that no process holds, neither by itself nor by a program or a
// link that it holds: other labs come and go.
func Orphans(t testing.TB, before map[Object]bool) []Object {
	t.Helper()
	now, held, later := Objects(t), heldObjects(t), Objects(t)
	var out []Object
	for o := range now {
		if !before[o] && !held[o] && later[o] {
			out = append(out, o)
		}
	}
	return out
}

// heldObjects returns the BPF objects that processes have descriptors of, and the maps of such programs.
func heldObjects(t testing.TB) map[Object]bool {
	t.Helper()
	out := map[Object]bool{}
	infos, err := filepath.Glob("/proc/[0-9]*/fdinfo/*")
	require.NoError(t, err)
	for _, name := range infos {
		if link, err := os.Readlink(strings.Replace(name, "fdinfo", "fd", 1)); err != nil || !strings.HasPrefix(link, "anon_inode:bpf") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			continue // closed since
		}
		for line := range strings.Lines(string(text)) {
			key, value, _ := strings.Cut(line, ":")
			kind, isID := strings.CutSuffix(key, "_id")
			if id, err := strconv.ParseUint(strings.TrimSpace(value), 10, 32); isID && err == nil {
				out[Object{kind, uint32(id)}] = true
			}
		}
	}
	for o := range out {
		for _, id := range mapsOf(t, o) {
			out[Object{"map", uint32(id)}] = true
		}
	}
	return out
}

// mapsOf returns the maps that a program uses.
func mapsOf(t testing.TB, o Object) []ebpf.MapID {
	if o.Kind != "prog" {
		return nil
	}
	p, err := ebpf.NewProgramFromID(ebpf.ProgramID(o.ID))
	if errors.Is(err, os.ErrNotExist) {
		return nil // gone since
	}
	require.NoError(t, err)
	defer p.Close()
	info, err := p.Info()
	require.NoError(t, err)
	ids, _ := info.MapIDs()
	return ids
}
