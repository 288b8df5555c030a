package fabric

import (
	"fmt"
	"iter"
)

// nearest returns a hint at the name that word probably stands for, or "". Of names equally near it takes the first in
// alphabetical order.
func nearest(word string, names iter.Seq[string]) string {
	limit := 1 + len(word)/4
	best, bestD := "", min(limit, 3)+1
	for n := range names {
		if len(n)-len(word) > limit || len(word)-len(n) > limit {
			continue
		}
		if d := distance(word, n); d < bestD || d == bestD && best != "" && n < best {
			best, bestD = n, d
		}
	}
	if best == "" || bestD >= len(word) {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// distance returns how many letters must be changed, added, dropped or swapped with their neighbour to turn a into b
// (the restricted Damerau-Levenshtein distance).
func distance(a, b string) int {
	var before, prev []int
	for i := 0; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		for j := range row {
			switch {
			case i == 0 || j == 0:
				row[j] = i + j
				continue
			case a[i-1] == b[j-1]:
				row[j] = prev[j-1]
			default:
				row[j] = 1 + min(prev[j-1], prev[j], row[j-1])
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev = prev, row
	}
	return prev[len(b)]
}
