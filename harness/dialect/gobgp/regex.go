package gobgp

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/closlab/closlab/harness/policy"
)

// communityRegex returns the expression over community texts for the whole text.
func communityRegex(r *policy.Regex) (string, error) {
	return checked("^" + r.Notation(func(lo, hi uint32) string {
		switch {
		case lo > 0x7f:
			return `[^\x00-\x{10FFFF}]` // community texts are ASCII
		case lo == hi:
			return regexp.QuoteMeta(string(rune(lo)))
		}
		return fmt.Sprintf(`[\x{%x}-\x{%x}]`, lo, min(hi, 0x7f))
	}) + "$")
}

// pathRegex returns the expression over AS numbers for GoBGP's text of a whole AS path, such as "65001 65002". The path
// begins with the AS numbers given.
func pathRegex(r *policy.Regex, before ...uint32) (string, error) {
	var head strings.Builder
	for _, asn := range before {
		head.WriteString(pathSymbol(asn, asn))
	}
	return checked("^" + head.String() + r.Notation(pathSymbol) + "$")
}

// pathSymbol writes an AS number and what separates it from the one before.
func pathSymbol(lo, hi uint32) string { return "(?:(?:^| )" + policy.Decimals(lo, hi) + ")" }

func checked(text string) (string, error) {
	if _, err := regexp.Compile(text); err != nil {
		return "", fmt.Errorf("too large for GoBGP's regular expressions: %w", err)
	}
	return text, nil
}
