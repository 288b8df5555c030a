package speaker

import (
	"bytes"
	"strings"
	"sync"
)

// lastWords keeps the end of what is written to it. It may be used from several goroutines.
type lastWords struct {
	mu   sync.Mutex
	tail []byte
}

// What is kept: a crash of a Go program tells why in the line before the stacks of all goroutines.
const keptBytes, keptLines = 256 << 10, 3

func (w *lastWords) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tail = append(w.tail, b...)
	if more := len(w.tail) - keptBytes; more > 0 {
		w.tail = append(w.tail[:0], w.tail[more:]...)
	}
	return len(b), nil
}

// String returns the line in which a Go program says why it crashes, or else the last few lines; "" if nothing was written.
func (w *lastWords) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var lines []string
	for line := range bytes.Lines(w.tail) {
		text := strings.TrimSpace(string(line))
		for _, crash := range []string{"panic: ", "fatal error: ", "runtime: ", "SIG"} {
			if strings.HasPrefix(text, crash) {
				return text
			}
		}
		if text != "" {
			lines = append(lines, text)
		}
	}
	return strings.Join(lines[max(0, len(lines)-keptLines):], "; ")
}

// quoted returns the words as the end of a message on how a process has ended.
func (w *lastWords) quoted() string {
	if words := w.String(); words != "" {
		return ", its last words: " + words
	}
	return ""
}
