package multimog

import (
	"fmt"
	"math"
)

// Fit is the outcome of Pearson's chi-square test.
type Fit struct {
	Statistic float64
	Freedom   int     // degrees of freedom
	P         float64 // probability of at least this statistic if the shares are as wanted
}

// ChiSquare tests observed counts of flows against wanted shares (in any unit). A class with counts and no
// wanted share gives P = 0. It is an error if the test cannot tell: fewer than two classes, no count at all, or
// less than five flows expected in a class, below which the chi-square distribution does not apply (Cochran, "Some Methods for
// Strengthening the Common chi-square Tests", Biometrics 1954).
func ChiSquare(counts []int, want []float64) (Fit, error) {
	flows, total, classes := 0, 0.0, 0
	for i, n := range counts {
		flows += n
		total += want[i]
		if want[i] > 0 {
			classes++
		}
	}
	if classes < 2 || flows == 0 {
		return Fit{}, fmt.Errorf("%d flows over %d classes with a share: nothing to test", flows, classes)
	}
	fit := Fit{Freedom: classes - 1}
	for i, n := range counts {
		expected := float64(flows) * want[i] / total
		switch {
		case expected > 0 && expected < 5:
			return Fit{}, fmt.Errorf("%d flows are too few: only %.1f expected in the smallest class, want 5", flows, expected)
		case expected > 0:
			fit.Statistic += (float64(n) - expected) * (float64(n) - expected) / expected
		case n > 0:
			fit.Statistic = math.Inf(1)
		}
	}
	fit.P = upperGamma(float64(fit.Freedom)/2, fit.Statistic/2)
	return fit, nil
}

// upperGamma returns the regularised upper incomplete gamma function Q(a, x), a > 0, x >= 0: by the power series
// of P = 1 - Q left of a+1 (NIST DLMF 8.11.4), by the continued fraction to the right (DLMF 8.9.2), evaluated by the modified
// method of Lentz.
func upperGamma(a, x float64) float64 {
	if x <= 0 {
		return 1
	}
	if math.IsInf(x, 1) {
		return 0
	}
	const tiny, enough, rounds = 1e-300, 1e-15, 10000
	lg, _ := math.Lgamma(a)
	front := math.Exp(a*math.Log(x) - x - lg)
	if x < a+1 {
		term := 1 / a
		sum := term
		for n := 1.0; n < rounds && term > enough*sum; n++ {
			term *= x / (a + n)
			sum += term
		}
		return 1 - front*sum
	}
	b := x + 1 - a
	c, d := 1/tiny, 1/b
	h := d
	for n := 1.0; n < rounds; n++ {
		an := -n * (n - a)
		b += 2
		d = an*d + b
		if math.Abs(d) < tiny {
			d = tiny
		}
		if c = b + an/c; math.Abs(c) < tiny {
			c = tiny
		}
		d = 1 / d
		h *= d * c
		if math.Abs(d*c-1) < enough {
			break
		}
	}
	return front * h
}
