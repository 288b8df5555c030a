package conf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// large returns a configuration of about so many lines in the curly-brace form.
func large(lines int) []byte {
	var b strings.Builder
	b.WriteString("policy-options {\n    policy-statement P {\n")
	for i := range lines / 7 {
		fmt.Fprintf(&b, "        term T%d {\n            from prefix-list L%d;\n            then {\n                community add C%d;\n                accept;\n            }\n        }\n", i, i, i)
	}
	b.WriteString("    }\n}\n")
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	text := large(100_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := Parse("r.conf", text)
		require.NoError(b, err)
	}
}

// The most that is read at all.
func BenchmarkParseLargest(b *testing.B) {
	text := []byte("policy-statement P {")
	for i := range maxStatements - 1 {
		text = fmt.Appendf(text, "term %d;", i)
	}
	text = append(text, '}')
	b.ReportAllocs()
	for b.Loop() {
		_, err := Parse("r.conf", text)
		require.NoError(b, err)
	}
}

func BenchmarkParseSet(b *testing.B) {
	c, err := Parse("r.conf", large(100_000))
	require.NoError(b, err)
	text := c.Set()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := Parse("r.conf", text)
		require.NoError(b, err)
	}
}

func BenchmarkRoot(b *testing.B) {
	c, err := Parse("r.conf", large(100_000))
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		c.Root()
	}
}

func BenchmarkApply(b *testing.B) {
	c, err := Parse("r.conf", large(100_000))
	require.NoError(b, err)
	p, err := ParsePatch("p", []byte("insert policy-options policy-statement P term T9 before term T0"))
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		_, err := p.Apply(c)
		require.NoError(b, err)
	}
}
