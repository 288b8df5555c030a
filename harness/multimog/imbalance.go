package multimog

import "slices"

// Imbalance says how uneven loads are. Equal loads give 1, 0 and 1.
type Imbalance struct {
	MaxOverMean float64 // the over-provision factor: capacity to buy so that the fullest is not overloaded
	Range       float64 // largest minus smallest, in the unit of the loads
	Jain        float64 // fairness index, from 1/n (one has all) to 1
}

// Imbalanced returns the figures of loads, which must be comparable: shares of equal servers, or share divided by
// weight. The zero value means there is no load. The index is that of Jain, Chiu and Hawe, "A Quantitative
// Measure of Fairness", DEC-TR-301 (1984).
func Imbalanced(loads []float64) Imbalance {
	sum, squares := 0.0, 0.0
	for _, x := range loads {
		sum += x
		squares += x * x
	}
	if squares == 0 {
		return Imbalance{}
	}
	n := float64(len(loads))
	top := slices.Max(loads)
	return Imbalance{MaxOverMean: top * n / sum, Range: top - slices.Min(loads), Jain: sum * sum / (n * squares)}
}
