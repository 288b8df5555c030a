package daemons

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
)

// Vty is a connection to the vty socket of a daemon, as vtysh has one. Its methods may be called from several goroutines.
type Vty struct {
	daemon string
	mu     sync.Mutex
	conn   net.Conn

	managed bool // mgmtd's, which takes one line at a time and has other words for a commit
}

// dial connects to a daemon's socket, in enabled mode.
func dial(daemon, path string) (*Vty, error) {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", daemon, err)
	}
	v := &Vty{daemon: daemon, conn: conn}
	if _, err := v.Ask("enable"); err != nil {
		conn.Close()
		return nil, err
	}
	return v, nil
}

// Ask runs one command and returns what it says. The error holds the answer if the daemon does not take the command.
func (v *Vty) Ask(command string) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	answers, err := v.ask(command)
	if err != nil {
		return "", err
	}
	return answers[0].text, v.refused(command, answers[0])
}

// Configure enters lines from the top of the configuration, and commits them together: line by line, FRR 8.4 takes a time that grows with
// the square of their number. All that the daemon does not take are in the error; what is committed together
// is in force as a whole or not at all.
func (v *Vty) Configure(lines ...string) error {
	if len(lines) == 0 {
		return nil
	}
	begin, commit, discard := "configure terminal", "commit", "discard"
	if v.managed {
		begin, commit, discard = "configure terminal file-lock", "mgmt commit apply", "mgmt commit abort"
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	err := v.enter(append(append([]string{begin}, lines...), commit, "end")...)
	if err != nil {
		_, undo := v.ask(begin, discard, "end") // or the next commit would meet it again
		return errors.Join(err, undo)
	}
	return nil
}

// enter enters lines. All that the daemon does not take are in the error.
func (v *Vty) enter(lines ...string) error {
	answers, err := v.ask(lines...)
	if err != nil {
		return err
	}
	var errs []error
	for i, a := range answers {
		errs = append(errs, v.refused(lines[i], a))
	}
	return errors.Join(errs...)
}

// answer is what a daemon says to a line, and CMD_SUCCESS (0) or what went wrong.
type answer struct {
	text string
	code byte
}

func (v *Vty) refused(command string, a answer) error {
	if a.code == 0 {
		return nil
	}
	return fmt.Errorf("%s does not take %q: %s", v.daemon, command, strings.Join(strings.Fields(a.text), " "))
}

// ask sends lines, and returns what the daemon says to each.
func (v *Vty) ask(lines ...string) ([]answer, error) {
	if !v.managed {
		return v.exchange(lines...)
	}
	var out []answer
	for _, line := range lines {
		a, err := v.exchange(line)
		if err != nil {
			return nil, err
		}
		out = append(out, a...)
	}
	return out, nil
}

// exchange sends lines, all at once, each with a zero byte behind it. Each answer ends with three of them and the code (lib/vty.c, vtysh/vtysh.c).
func (v *Vty) exchange(lines ...string) ([]answer, error) {
	var all []byte
	for _, line := range lines {
		if strings.ContainsAny(line, "\x00\n\r") {
			return nil, fmt.Errorf("%s: %q: a command is one line", v.daemon, line)
		}
		all = append(append(all, line...), 0)
	}
	sent := make(chan error, 1)
	go func() { // the daemon stops reading while its answers are not read
		_, err := v.conn.Write(all)
		sent <- err
	}()
	var out []answer
	var got []byte
	for buf := make([]byte, 64<<10); len(out) < len(lines); {
		n, err := v.conn.Read(buf)
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w", v.daemon, lines[len(out)], err)
		}
		got = append(got, buf[:n]...)
		for end := bytes.Index(got, []byte{0, 0, 0}); end >= 0 && len(got) > end+3; end = bytes.Index(got, []byte{0, 0, 0}) {
			out = append(out, answer{string(got[:end]), got[end+3]})
			got = got[end+4:]
		}
	}
	if err := <-sent; err != nil {
		return nil, fmt.Errorf("%s: %w", v.daemon, err)
	}
	return out, nil
}

// JSON asks a question and decodes the answer.
func (v *Vty) JSON(question string, into any) error {
	text, err := v.Ask(question)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("%s: %q: answer cannot be read: %w", v.daemon, question, err)
	}
	return nil
}
