//go:build linux

package holder

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
)

// Ask has a lab do something and returns what came of it; progress is told what is being done. When ctx ends the lab gives the request
// up, and the answer says how far it got. The error says why there is no answer.
func Ask(ctx context.Context, lab string, q Request, progress func(string)) (*Answer, error) {
	to, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket(lab), Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("lab %s: takes no requests, for it belongs to a command that is under way: %w", lab, err)
	}
	defer to.Close()
	if err := json.NewEncoder(to).Encode(q); err != nil {
		return nil, fmt.Errorf("lab %s: cannot ask it: %w", lab, err)
	}
	defer context.AfterFunc(ctx, func() { to.CloseWrite() })() // the lab then gives up, and answers
	for in := json.NewDecoder(bufio.NewReader(to)); ; {
		var l line
		switch err := in.Decode(&l); {
		case err != nil:
			return nil, fmt.Errorf("lab %s: it has ended before it answered: %w", lab, err)
		case l.Answer != nil:
			return l.Answer, nil
		}
		progress(l.Progress)
	}
}
