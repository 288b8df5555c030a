package proof_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/osrg/gobgp/v4/api"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/policy"
)

// mistakes are what a compiler for FRR could get wrong.
func mistakes() map[string]func(line string) string {
	miles := false // whether the entry is one that lets mileposts through: the rig needs it
	return map[string]func(line string) string{
		"communities replace, and do not add": func(line string) string {
			if strings.HasPrefix(line, " set community ") {
				return strings.TrimSuffix(line, " additive")
			}
			return line
		},
		"the next entry instead of a jump": func(line string) string {
			switch {
			case strings.HasPrefix(line, " description"):
				miles = strings.Contains(line, passMiles.Name)
			case strings.HasPrefix(line, " on-match goto") && !miles:
				return " on-match next"
			}
			return line
		},
		"NO_EXPORT stays for bgpd to find": func(line string) string {
			return strings.Replace(line, " set comm-list ", " set comm-list NONE-OF-", 1)
		},
	}
}

// A compiler that gets one construct wrong is caught, and the case that shows it is small. This is what the proof rests on: that routers and rig
// would show a mistake if there were one.
func TestAMistakeOfACompilerIsCaught(t *testing.T) {
	for name, change := range mistakes() {
		t.Run("FRR/"+name, func(t *testing.T) {
			t.Parallel()
			caught(t, newBGPd(limited(t), t, change))
		})
	}
	for name, change := range map[string]func(*api.Statement){
		"no community is removed": func(s *api.Statement) {
			if c := s.Actions.GetCommunity(); c.GetType() == api.CommunityAction_TYPE_REMOVE {
				c.Communities = []string{"^$"}
			}
		},
		"no mark of a jump is taken off": func(s *api.Statement) {
			if c := s.Actions.GetLargeCommunity(); c.GetType() == api.CommunityAction_TYPE_REMOVE && strings.HasPrefix(c.Communities[0], "^4294967295:1:") {
				c.Communities = []string{"^$"}
			}
		},
	} {
		t.Run("GoBGP/"+name, func(t *testing.T) {
			t.Parallel()
			caught(t, newGoBGP(limited(t), t, change))
		})
	}
}

// caught runs trials until the engine disagrees, and fails unless one policy of a few terms and one route show why.
func caught(t *testing.T, e *engine) {
	for n := uint64(0); n < 20; n++ {
		tr, _ := e.express(randomTrial(rand.New(rand.NewPCG(*seed, n)), 100))
		_, ds := tr.compare(e.name, e.run(tr))
		if len(ds) == 0 {
			continue
		}
		d := e.shrink(tr, ds[0])
		t.Logf("caught by trial %d, in short:\n%s", n, d)
		terms := 0
		for _, p := range append(d.chain[:len(d.chain):len(d.chain)], d.before...).Policies() {
			terms += len(p.Terms)
		}
		assert.LessOrEqual(t, terms, 3)
		require.LessOrEqual(t, len(d.route.Communities), 2)
		return
	}
	require.Fail(t, "the mistake was not caught")
}

// The same mistakes show when the text is read back: Diff does not take one policy for another.
func TestAMistakeShowsWhenItIsReadBack(t *testing.T) {
	t.Parallel()
	for name, change := range mistakes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := uint64(0); n < 5; n++ {
				tr := randomTrial(rand.New(rand.NewPCG(*seed, n)), 1)
				for s, c := range tr.chains {
					said, read, err := backFromChanged((&trial{chains: map[seat]policy.Chain{s: c}}).session(s.peer, s.v6), s.dir, change)
					if err != nil {
						continue
					}
					if d := policy.Diff(said, read, s.dir); len(d.Classes) > 0 {
						t.Logf("%s: %s", s, d.Classes[0])
						return
					}
				}
			}
			require.Fail(t, "no difference was found")
		})
	}
}
