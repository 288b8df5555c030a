package dataplane_test

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Uploads arrive whole: full packets fit the fabric with the outer header on, and the kernel's segmentation of
// large buffers works under it. The ports of the flows take them to several servers.
func TestUploadsCrossTheTunnel(t *testing.T) {
	s := newSite(t)
	s.settle(false)
	const flows, size = 12, 4 << 20
	for f := range vips {
		to := netip.AddrPortFrom(vips[f], port)
		for _, m := range s.members {
			s.measureUploads(m.Name, to)
		}
		for i := range uint16(flows) {
			c := s.dial(netip.AddrPortFrom(client[f], 31000+i), to).(*net.TCPConn)
			require.NoError(t, c.SetDeadline(time.Now().Add(30*time.Second)))
			_, err := c.Write(make([]byte, size))
			require.NoError(t, err)
			require.NoError(t, c.CloseWrite())
			var arrived uint64
			require.NoError(t, binary.Read(c, binary.BigEndian, &arrived))
			require.EqualValues(t, size, arrived)
		}
		var encapsulated uint64
		for _, lb := range s.lb {
			c, err := lb.Counts(vips[f])
			require.NoError(t, err)
			encapsulated += c.Encapsulated()
		}
		require.Greater(t, encapsulated, uint64(flows)) // more than its SYNs
	}
}

// measureUploads answers each connection to a server with the number of bytes that came.
func (s *site) measureUploads(server string, at netip.AddrPort) {
	var l net.Listener
	require.NoError(s.t, s.in[server].Do(func() (err error) { l, err = net.Listen("tcp", at.String()); return err }))
	s.t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if n, err := io.Copy(io.Discard, c); err == nil {
					binary.Write(c, binary.BigEndian, n) // the client notices if it fails
				}
			}()
		}
	}()
}
