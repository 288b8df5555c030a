package probe

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// once is a connection on which one message arrives; written is called when the answer goes out.
type once struct {
	net.PacketConn
	text    []byte
	written func([]byte)
}

func (c *once) ReadFrom(b []byte) (int, net.Addr, error) {
	if c.text == nil {
		return 0, nil, net.ErrClosed
	}
	n := copy(b, c.text)
	c.text = nil
	return n, nil, nil
}

func (c *once) WriteTo(b []byte, _ net.Addr) (int, error) {
	c.written(b)
	return len(b), nil
}

// Who waits for answers reads what came once the last one is there.
func TestWhatCameIsKnownBeforeItIsAnswered(t *testing.T) {
	t.Parallel()
	var order []string
	s := &socket{conn: &once{text: message{ask, 3, 4}.append(nil), written: func(b []byte) {
		m, ok := parse(b)
		require.True(t, ok)
		require.Equal(t, message{answer, 3, 4}, m)
		order = append(order, "answered")
	}}}
	s.read(func(m message) {
		require.Equal(t, message{ask, 3, 4}, m)
		order = append(order, "came")
	})
	require.Equal(t, []string{"came", "answered"}, order)
}
