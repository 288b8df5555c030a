package native

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
)

// preamble is what "save" writes beside a configuration: release and time.
const preamble = "_preamble"

// module begins a name or an identity of YANG that is told with its module, as files have it and answers need not.
var module = regexp.MustCompile(`^srl_nokia-[a-z0-9_-]+:`)

// bareJSON returns a value of JSON without modules and preamble, which say nothing of what is configured.
func bareJSON(x any) any {
	switch x := x.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, v := range x {
			name := module.ReplaceAllString(k, "")
			if _, taken := x[name]; taken {
				name = k
			}
			if k != preamble {
				out[name] = bareJSON(v)
			}
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, v := range x {
			out[i] = bareJSON(v)
		}
		return out
	case string:
		return module.ReplaceAllString(x, "")
	}
	return x
}

// alike returns where two values of JSON differ. Lists are compared in order: a configuration that SR Linux has saved has that of what it
// shows.
func alike(path string, sent, held any) error {
	switch want := sent.(type) {
	case map[string]any:
		got, _ := held.(map[string]any)
		for _, k := range slices.Sorted(maps.Keys(want)) {
			if _, there := got[k]; !there {
				return fmt.Errorf("the router does not hold %s", path+"/"+k)
			}
			if err := alike(path+"/"+k, want[k], got[k]); err != nil {
				return err
			}
		}
		for _, k := range slices.Sorted(maps.Keys(got)) {
			if _, there := want[k]; !there {
				return fmt.Errorf("the router holds %s, which it was not sent", path+"/"+k)
			}
		}
		return nil
	case []any:
		got, _ := held.([]any)
		if len(got) != len(want) {
			return fmt.Errorf("the router holds %d of %s, not %d", len(got), path, len(want))
		}
		for i := range want {
			if err := alike(fmt.Sprintf("%s[%d]", path, i), want[i], got[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if !reflect.DeepEqual(sent, held) {
		return fmt.Errorf("the router holds %s %v, not %v", path, held, sent)
	}
	return nil
}
