package multimog

// Utilisation returns how full each server or colo is, 1 being its capacity: offered is the load offered to the site as a
// share of the capacity of all of it, share what each serves, want its share of the capacity. One with load and no
// capacity is infinitely full.
func Utilisation(offered float64, share, want []float64) []float64 {
	u := make([]float64, len(share))
	for i := range share {
		if share[i] > 0 {
			u[i] = offered * share[i] / want[i]
		}
	}
	return u
}

// Drop returns the part of its flows that something at a utilisation cannot serve.
func Drop(utilisation float64) float64 {
	if utilisation <= 1 {
		return 0
	}
	return 1 - 1/utilisation
}
