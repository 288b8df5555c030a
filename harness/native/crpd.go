package native

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/closlab/closlab/harness/dialect/junos/conf"
)

// crpd is Juniper's cRPD; its forwarding table is the kernel's.
type crpd struct{ cli }

// do runs commands of Junos in one session, several separated by semicolons.
func (c *crpd) do(ctx context.Context, commands ...string) (string, error) {
	return c.run(ctx, "", "cli", "-c", strings.Join(commands, "; "))
}

// show asks for the answer of a command in JSON.
func (c *crpd) show(ctx context.Context, out any, command string) error {
	return c.ask(ctx, out, "cli", "-c", command+" | display json | no-more")
}

func (c *crpd) version(ctx context.Context) (string, error) {
	var answer struct {
		Software []struct {
			Version cell `json:"junos-version"`
		} `json:"software-information"`
	}
	if err := c.show(ctx, &answer, "show version"); err != nil {
		return "", err
	}
	if len(answer.Software) == 0 || answer.Software[0].Version.text() == "" {
		return "", errors.New("show version: no junos-version")
	}
	return answer.Software[0].Version.text(), nil
}

// load has the configuration checked before it is committed: Junos would commit what is left of one with lines that it cannot read.
func (c *crpd) load(ctx context.Context, text string) error {
	sent, err := conf.Parse("the configuration", []byte(text))
	if err != nil {
		return err
	}
	if err := harmless(sent); err != nil {
		return err
	}
	file, err := c.put("closlab.junos.conf", text)
	if err != nil {
		return err
	}
	override := "load override " + file
	if err := c.configure(ctx, "configuration check succeeds", override, "commit check", "rollback 0"); err != nil {
		return err
	}
	if err := c.configure(ctx, "commit complete", override, "commit"); err != nil {
		return err
	}
	shown, err := c.do(ctx, "show configuration | no-more")
	if err != nil {
		return err
	}
	return holds(sent, shown)
}

// configure runs commands in configuration mode, whose answers must have that line and no complaint.
func (c *crpd) configure(ctx context.Context, want string, commands ...string) error {
	answer, err := c.do(ctx, append(append([]string{"configure exclusive"}, commands...), "exit")...)
	if err != nil {
		return err
	}
	err = complaint(answer, func(l string) bool {
		l = strings.ToLower(l)
		return strings.Contains(l, "error") || strings.Contains(l, "unknown command") || strings.Contains(l, "warning: statement ignored") ||
			strings.Contains(l, "invalid")
	})
	if err == nil && !strings.Contains(answer, want) {
		err = fmt.Errorf("it does not say %q, but: %s", want, brief(answer))
	}
	return err
}

// runners are the statements by which a configuration has Junos run commands or programs.
var runners = [][]string{{"event-options"}, {"system", "scripts"}, {"system", "extensions"}}

// harmless refuses a configuration that would have the router run commands.
func harmless(c *conf.Config) error {
	for _, s := range c.Root().Leaves() {
		for _, r := range runners {
			if len(s.Words) >= len(r) && strings.Join(s.Words[:len(r)], " ") == strings.Join(r, " ") {
				return fmt.Errorf("line %d: %s: refused: it has the router run what closlab does not know", s.Pos.Line, strings.Join(r, " "))
			}
		}
	}
	return nil
}

func (c *crpd) sessions(ctx context.Context) (map[netip.Addr]string, error) {
	var answer struct {
		BGP []struct {
			Peers []struct {
				Address cell `json:"peer-address"`
				State   cell `json:"peer-state"`
			} `json:"bgp-peer"`
		} `json:"bgp-information"`
	}
	if err := c.show(ctx, &answer, "show bgp summary"); err != nil {
		return nil, err
	}
	if len(answer.BGP) == 0 {
		return nil, errors.New("show bgp summary: no bgp-information")
	}
	out := map[netip.Addr]string{}
	for _, p := range answer.BGP[0].Peers {
		text, _, _ := strings.Cut(p.Address.text(), "+") // the port
		a, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fmt.Errorf("show bgp summary: session with %q: %w", p.Address.text(), err)
		}
		out[a] = p.State.text()
	}
	return out, nil
}

func (*crpd) fib(context.Context) ([]Forward, error) { return nil, nil }
