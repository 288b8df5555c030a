package native

import (
	"context"
	"errors"
	"net/netip"
)

// unasked is a router of a kind whose commands are not known: nothing is read of it, and it is given nothing.
type unasked struct{}

func (unasked) version(context.Context) (string, error) { return "(not asked)", nil }

func (unasked) load(context.Context, string) error {
	return errors.New("closlab does not know its commands: its container is made anew with another configuration")
}

func (unasked) sessions(context.Context) (map[netip.Addr]string, error) { return nil, nil }

func (unasked) paths(context.Context) ([]Path, error) { return nil, nil }

func (unasked) fib(context.Context) ([]Forward, error) { return nil, nil }
