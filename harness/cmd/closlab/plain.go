package main

import (
	"cmp"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// plain writes text so that a terminal or a CI log shows what is in it: control characters, and those that turn the direction of
// text or have no shape, come out escaped. A name in a stranger's candidate can then not colour, move or hide what closlab
// says. The escapes are those of JSON, so that JSON stays JSON.
type plain struct {
	w   io.Writer
	err error // the first that a write met
}

func (p *plain) Write(b []byte) (int, error) {
	clean := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		switch {
		case unicode.IsPrint(r) && (r != utf8.RuneError || size > 1), r == '\n', r == '\t':
			clean = append(clean, b[i:i+size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			clean = fmt.Appendf(clean, `\u%04x\u%04x`, high, low)
		default:
			clean = fmt.Appendf(clean, `\u%04x`, r)
		}
		i += size
	}
	if _, err := p.w.Write(clean); err != nil {
		p.err = cmp.Or(p.err, err)
		return 0, err
	}
	return len(b), nil
}
