package conf

// shallow says that a path is above the named objects of a configuration: where a statement below it
// is or belongs to an object of its own.
func shallow(path []string) bool { return len(path) < depth(path) }

// depth returns how many words of a path name the object it belongs to: "policy-options community C",
// "protocols bgp group G", otherwise two words: "interfaces ge-0/0/0".
func depth(path []string) int {
	switch {
	case len(path) == 0:
		return 1
	case path[0] == "policy-options":
		return 3
	case path[0] == "protocols" && len(path) > 2 && path[1] == "bgp" && path[2] == "group":
		return 4
	case path[0] == "protocols" && len(path) == 2 && path[1] == "bgp":
		return 3
	}
	return 2
}

// object returns the path of the object that path belongs to.
func object(path []string) []string {
	if path[0] == "protocols" && len(path) > 2 && path[1] == "bgp" && path[2] != "group" {
		return path[:2]
	}
	return path[:min(depth(path), len(path))]
}
