package multimog

import (
	"fmt"
	"math"
	"slices"
)

// Agree tests whether counts of flows come from the predicted shares, by ChiSquare. Classes in which fewer than five flows are expected
// are taken together. If only one class can have any flow, the fit is perfect or impossible. The error says that the
// flows are too few to tell.
func Agree(counts []int, predicted []float64) (Fit, error) {
	flows, total, possible := 0, 0.0, 0
	for i, n := range counts {
		flows += n
		total += predicted[i]
		if predicted[i] > 0 {
			possible++
		}
	}
	impossible := 0 // flows
	for i, n := range counts {
		if predicted[i] <= 0 {
			impossible += n
		}
	}
	if possible == 1 && flows > 0 {
		return Fit{P: map[bool]float64{true: 1}[impossible == 0]}, nil
	}
	var some []int
	var shares []float64
	for _, group := range groups(predicted, least*total/float64(flows)) {
		n, share := 0, 0.0
		for _, i := range group {
			n, share = n+counts[i], share+predicted[i]
		}
		some, shares = append(some, n), append(shares, share)
	}
	return ChiSquare(append(some, impossible), append(shares, 0))
}

// Alike tests whether two samples come from the same shares, whatever those are: Pearson's test of homogeneity. Classes of which fewer
// than five flows are expected in the smaller sample are taken together. Equal samples fit perfectly. The error says that
// the flows are too few to tell.
func Alike(a, b []int) (Fit, error) {
	sums, na, nb := make([]float64, len(a)), 0.0, 0.0
	for i := range a {
		na, nb, sums[i] = na+float64(a[i]), nb+float64(b[i]), float64(a[i]+b[i])
	}
	classes := groups(sums, least*(na+nb)/min(na, nb))
	if slices.Equal(a, b) && na > 0 {
		return Fit{Freedom: len(classes) - 1, P: 1}, nil
	}
	if !(na > 0 && nb > 0) || len(classes) < 2 && slices.Max(sums) < na+nb {
		return Fit{}, fmt.Errorf("%.0f and %.0f flows are too few to compare", na, nb)
	}
	fit := Fit{Freedom: len(classes) - 1}
	for _, class := range classes {
		x, y := 0.0, 0.0
		for _, i := range class {
			x, y = x+float64(a[i]), y+float64(b[i])
		}
		d := math.Sqrt(nb/na)*x - math.Sqrt(na/nb)*y
		fit.Statistic += d * d / (x + y)
	}
	fit.P = upperGamma(max(float64(fit.Freedom), 1)/2, fit.Statistic/2)
	return fit, nil
}

// least is how many flows a class must have expected for the chi-square distribution to apply (Cochran 1954).
const least = 5

// groups returns the classes that have a share: those with enough one by one, and the others together; if they are not enough even so,
// with the smallest that is.
func groups(shares []float64, enough float64) [][]int {
	var out [][]int
	var small []int
	sum, smallest := 0.0, -1
	for i, s := range shares {
		switch {
		case s <= 0:
		case s < enough:
			small, sum = append(small, i), sum+s
		default:
			out = append(out, []int{i})
			if smallest < 0 || s < shares[out[smallest][0]] {
				smallest = len(out) - 1
			}
		}
	}
	switch {
	case len(small) == 0:
	case sum >= enough || smallest < 0:
		out = append(out, small)
	default:
		out[smallest] = append(out[smallest], small...)
	}
	return out
}
