package doctor

import "context"

// simulated and rendered are what works on any machine.
var (
	simulated = Check{Name: "sim", For: "closlab gate, diff, lint and lab check", Try: always("needs nothing: no root, any operating system")}
	rendered  = Check{Name: "render", For: "closlab render", Try: always("writes files, and needs nothing")}
)

func always(detail string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return detail, nil }
}
