package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPlainShowsWhatATerminalWouldObey(t *testing.T) {
	for text, want := range map[string]string{
		"spine1→edge1:\t13 → 7\n":      "spine1→edge1:\t13 → 7\n",
		"\x1b[2J\x1b]0;owned\a":        `\u001b[2J\u001b]0;owned\u0007`,
		"REJECT\rPASS  ":               `REJECT\u000dPASS  `,
		"\u009b1m one-byte introducer": `\u009b1m one-byte introducer`,
		"\u202etxet desrever":          `\u202etxet desrever`,
		"zero\u200bwidth, \ufeffmark":  `zero\u200bwidth, \ufeffmark`,
		"\xff\xfe no UTF-8":            `\ufffd\ufffd no UTF-8`,
		"\U000e0041 tag":               `\udb40\udc41 tag`,
	} {
		var out bytes.Buffer
		n, err := (&plain{w: &out}).Write([]byte(text))
		require.NoError(t, err)
		require.Equal(t, len(text), n)
		require.Equal(t, want, out.String())
	}
}

// What JSON says is the same before and after.
func TestPlainKeepsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		doc, err := json.Marshal(text)
		require.NoError(t, err)
		var out bytes.Buffer
		_, err = (&plain{w: &out}).Write(doc)
		require.NoError(t, err)
		var back string
		require.NoError(t, json.Unmarshal(out.Bytes(), &back))
		require.Equal(t, text, back)
	})
}
