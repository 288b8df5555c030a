package frr

import (
	"strconv"
	"strings"
)

// asNumber reads an AS number as FRR writes it: 65000, or two halves with a dot between them (RFC 5396).
func asNumber(text string) (uint32, bool) {
	left, right, dotted := strings.Cut(text, ".")
	if !dotted {
		n, err := strconv.ParseUint(text, 10, 32)
		return uint32(n), err == nil && n > 0
	}
	high, err1 := strconv.ParseUint(left, 10, 16)
	low, err2 := strconv.ParseUint(right, 10, 16)
	n := uint32(high)<<16 | uint32(low)
	return n, err1 == nil && err2 == nil && n > 0
}
