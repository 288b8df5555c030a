package multimog

import "math"

// Strays returns how far, relative to its wanted share, each of the observed shares may stray by chance alone when so many flows are
// counted: with the given confidence (0 to 1) none of them strays further. Shares whose flows are independent have a standard
// error of sqrt(p(1-p)/n); all of k are bounded by Bonferroni's inequality. want is shares in any unit; one of 0 does
// not stray, nor does a single one.
func Strays(want []float64, flows int, confidence float64) []float64 {
	out := make([]float64, len(want))
	total, classes := 0.0, 0
	for _, w := range want {
		if w > 0 {
			total += w
			classes++
		}
	}
	z := math.Sqrt2 * math.Erfinv(1-(1-confidence)/float64(classes))
	for i, w := range want {
		if p := w / total; w > 0 && classes > 1 {
			out[i] = z * math.Sqrt((1-p)/p/float64(flows))
		}
	}
	return out
}

// Tolerance returns how far the worst of the observed shares strays: the largest of Strays.
func Tolerance(want []float64, flows int, confidence float64) float64 {
	worst := 0.0
	for _, e := range Strays(want, flows, confidence) {
		worst = max(worst, e)
	}
	return worst
}

// FlowsFor returns how many flows to count so that chance alone keeps all observed shares within the tolerance, relative to the wanted
// share (0.1 is ten percent, more than 0), with the given confidence. It is the inverse of Tolerance.
func FlowsFor(want []float64, within, confidence float64) int {
	one := Tolerance(want, 1, confidence)
	return int(math.Ceil(min(one*one/(within*within), math.MaxInt32)))
}
