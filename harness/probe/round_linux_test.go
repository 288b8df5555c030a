package probe

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnswersThatComeTwiceLateOrFromElsewhere(t *testing.T) {
	t.Parallel()
	p := New()
	old, r := p.begin(), p.begin()
	old.add()
	first, second := r.add(), r.add()
	p.end(old)

	p.got(message{answer, old.number, first})
	require.False(t, r.is(first, answered), "of a round that is over")
	p.got(message{answer, r.number, 7})
	p.got(message{answer, r.number, first})
	p.got(message{answer, r.number, first})
	require.True(t, r.is(first, answered))
	require.False(t, r.wait(0), "one answer twice is not two")
	p.got(message{ask, r.number, second})
	require.True(t, r.is(second, came))
	require.False(t, r.is(second, answered), "what came to its target is not answered yet")
	r.giveUp(second)
	require.True(t, r.wait(0))
	p.got(message{answer, r.number, second})
	require.True(t, r.is(second, answered), "late")
}

func TestMessages(t *testing.T) {
	t.Parallel()
	m := message{ask, 3, 4}
	text := m.append(nil)
	got, ok := parse(text)
	require.True(t, ok)
	require.Equal(t, m, got)
	for name, bad := range map[string][]byte{
		"short":              text[:15],
		"of another process": append([]byte("ask?\xff\xff\xff\xff"), text[8:]...),
		"of no kind":         append([]byte("tell"), text[4:]...),
	} {
		_, ok := parse(bad)
		require.False(t, ok, name)
	}
}
