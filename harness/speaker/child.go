//go:build linux

package speaker

import (
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/closlab/closlab/harness/kernel"
)

// child is a speaker that is a child of this process: this binary, started again.
type child struct {
	io.Reader
	io.WriteCloser
	cmd  *exec.Cmd
	said *lastWords
}

// newChild starts a speaker in the network namespace.
func newChild(ns *kernel.Namespace, name string, log io.Writer) (*child, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(exe, argument, name), said: &lastWords{}}
	c.cmd.Env = append(os.Environ(), settings...)
	c.cmd.Stderr = io.MultiWriter(c.said, log)
	if c.WriteCloser, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if c.Reader, err = c.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := ns.Start(c.cmd); err != nil {
		return nil, fmt.Errorf("cannot start %s in its namespaces: %w", exe, err)
	}
	return c, nil
}

func (c *child) Pid() int { return c.cmd.Process.Pid }

func (c *child) Kill() { c.cmd.Process.Kill() }

func (c *child) Ended() string {
	how := "exit status 0"
	if err := c.cmd.Wait(); err != nil {
		how = err.Error()
	}
	return how + c.said.quoted()
}
