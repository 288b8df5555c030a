package labtest

import "testing"

// StartOn is Start on a runtime of the test's own.
var StartOn = start

// PlayOn plays a case of the contract suite, and returns what was seen and what was to be seen.
func PlayOn(t testing.TB, text []byte, starter Starter) (got, want string, err error) {
	c, err := parse(text)
	if err != nil {
		return "", "", err
	}
	return c.play(t, starter), c.want, nil
}
