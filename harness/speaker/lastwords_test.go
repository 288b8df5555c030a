package speaker

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLastWords(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ said, want string }{
		{"", ""},
		{"one\ntwo\n", "one; two"},
		{"one\ntwo\n\nthree\nfour", "two; three; four"},
		{"one\npanic: index out of range [3]\n\ngoroutine 1 [running]:\nmain.main()\n", "panic: index out of range [3]"},
		{"fatal error: out of memory\n\nruntime stack:\n", "fatal error: out of memory"},
		{"SIGABRT: abort\nPC=0x47 m=0\n", "SIGABRT: abort"},
	} {
		w := &lastWords{}
		for _, b := range []byte(test.said) {
			_, err := w.Write([]byte{b})
			require.NoError(t, err)
		}
		require.Equal(t, test.want, w.String())
	}
}

func TestLastWordsForgetsTheFirst(t *testing.T) {
	t.Parallel()
	w := &lastWords{}
	fmt.Fprintln(w, "panic: early")
	fmt.Fprintln(w, strings.Repeat("x", keptBytes))
	fmt.Fprintln(w, "late")
	require.Len(t, w.tail, keptBytes)
	require.NotContains(t, w.String(), "early")
	require.Contains(t, w.String(), "late")
}
