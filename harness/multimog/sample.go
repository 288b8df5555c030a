package multimog

import "math"

// Tolerance returns how far, relative to its wanted share, the worst of the observed shares strays by
// chance alone with the given confidence (0 to 1) when so many flows are counted. Shares whose flows are independent
// have a standard error of sqrt(p(1-p)/n); the worst of k is bounded by Bonferroni's inequality. want
// is shares in any unit; those of 0 are left out.
func Tolerance(want []float64, flows int, confidence float64) float64 {
	return math.Sqrt(noise(want, confidence) / float64(flows))
}

// FlowsFor returns how many flows to count so that chance alone keeps all observed shares within the tolerance, relative to the wanted
// share (0.1 is ten percent, more than 0), with the given confidence. It is the inverse of Tolerance.
func FlowsFor(want []float64, within, confidence float64) int {
	return int(math.Ceil(min(noise(want, confidence)/(within*within), math.MaxInt32)))
}

// noise returns z² (1-p)/p for the smallest share p.
func noise(want []float64, confidence float64) float64 {
	total, least, classes := 0.0, math.Inf(1), 0
	for _, w := range want {
		if w > 0 {
			total += w
			least = min(least, w)
			classes++
		}
	}
	if classes < 2 {
		return 0
	}
	z := math.Sqrt2 * math.Erfinv(1-(1-confidence)/float64(classes))
	p := least / total
	return z * z * (1 - p) / p
}
