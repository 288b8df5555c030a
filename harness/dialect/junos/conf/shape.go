package conf

import (
	"slices"
	"strings"
)

// whole says that the statements below a keyword are kept whole and in the order of the text: match
// conditions and actions, whose order counts across keywords, and lists of policies, which may be
// expressions of several words.
func whole(word string) bool {
	return word == "from" || word == "to" || word == "then" || expression(word)
}

// expression says that a policy expression can follow the keyword, as in "export ( A && !B )".
func expression(word string) bool {
	return word == "policy" || strings.HasSuffix(word, "import") || strings.HasSuffix(word, "export")
}

// lift returns the full path of a fragment's path: "show configuration policy-options" prints
// "policy-statement ..." at the top.
func lift(words []string) []string {
	if len(words) == 0 {
		return words
	}
	switch words[0] {
	case "policy-statement", "prefix-list", "route-filter-list", "community", "as-path", "as-path-group", "condition":
		return slices.Concat([]string{"policy-options"}, words)
	case "group":
		return slices.Concat([]string{"protocols", "bgp"}, words)
	case "bgp":
		return slices.Concat([]string{"protocols"}, words)
	}
	return words
}
