package daemons

import (
	"fmt"
	"io"
	"net"
)

// bell takes the BMP messages (RFC 7854) that bgpd sends whenever what it received or accepted changes, for no more than that. FRR 8.4 says
// nothing of a route that is rejected as it comes, and crashes when it is to tell all again, so that what it says is not to be relied on.
func bell(changed func()) (connect string, err error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("BMP station: %w", err)
	}
	go func() {
		conn, err := l.Accept()
		l.Close()
		for buf := make([]byte, 64<<10); err == nil; changed() {
			_, err = conn.Read(buf)
		}
		if conn != nil {
			io.Copy(io.Discard, conn)
			conn.Close()
		}
	}()
	return fmt.Sprintf("bmp connect 127.0.0.1 port %d min-retry 100 max-retry 1000", l.Addr().(*net.TCPAddr).Port), nil
}
