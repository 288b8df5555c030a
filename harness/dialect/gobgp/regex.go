package gobgp

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
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
func pathSymbol(lo, hi uint32) string { return "(?:(?:^| )" + numbers(lo, hi) + ")" }

func checked(text string) (string, error) {
	if _, err := regexp.Compile(text); err != nil {
		return "", fmt.Errorf("too large for GoBGP's regular expressions: %w", err)
	}
	return text, nil
}

// numbers returns an expression for the decimal numbers from lo to hi, both included.
func numbers(lo, hi uint32) string {
	if lo == 0 && hi == math.MaxUint32 {
		return "[0-9]+"
	}
	var out []string
	for from, top := uint64(lo), uint64(hi); from <= top; {
		digits := len(strconv.FormatUint(from, 10))
		to := min(top, pow10(digits)-1)
		// the largest block from..end of the form head, then any digits
		free := 0
		for free < digits-1 && from%pow10(free+1) == 0 && from+pow10(free+1)-1 <= to {
			free++
		}
		end := from + pow10(free) - 1
		head := strconv.FormatUint(from/pow10(free), 10)
		for steps := uint64(1); head[len(head)-1] < '9' && end+pow10(free) <= to; steps++ {
			end += pow10(free)
			head = strconv.FormatUint(end/pow10(free), 10)
		}
		first := strconv.FormatUint(from/pow10(free), 10)
		last := first[len(first)-1:]
		if l := head[len(head)-1:]; l != last {
			last = "[" + last + "-" + l + "]"
		}
		text := first[:len(first)-1] + last
		if free > 0 {
			text += fmt.Sprintf("[0-9]{%d}", free)
		}
		out = append(out, text)
		from = end + 1
	}
	return "(?:" + strings.Join(out, "|") + ")"
}

func pow10(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}
