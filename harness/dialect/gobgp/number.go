package gobgp

import (
	"github.com/closlab/closlab/harness/policy"
)

// maxSteps is how many statements arithmetic and ranges may be written out in.
const maxSteps = 256

// plainNumber translates a number that is asked for. GoBGP compares with one value, and takes 0 for "do not compare".
func (g *generator) plainNumber(m *policy.MatchNumber) (test, truth) {
	switch {
	case m.Field != policy.LocalPref && m.Field != policy.MED:
		g.refuse("it has no %s", m.Field)
	case m.Min > m.Max:
		return test{}, never
	case m.Field == policy.MED && g.dir == policy.Export && g.session.external():
		g.refuse("it drops the metric of learned routes before an export policy runs over eBGP: %q cannot be asked for", m)
	case m.Min == 0:
		g.refuse("%s 0 cannot be asked for", m.Field)
	case m.Max-m.Min >= maxSteps:
		g.refuse("%q is a range of more than %d values", m, maxSteps)
	case m.Min < m.Max:
		return test{}, several
	default:
		return numberIs(m.Field, m.Min), sometimes
	}
	return test{}, never
}

func numberIs(f policy.Field, v uint32) test {
	if f == policy.LocalPref {
		return test{localPref: v}
	}
	return test{med: v}
}

// number writes out a range.
func (g *generator) number(m *policy.MatchNumber, fail label) {
	var tests []test
	for v := uint64(m.Min); v <= uint64(m.Max); v++ {
		tests = append(tests, numberIs(m.Field, uint32(v)))
	}
	g.anyOf(fail, tests...)
}
