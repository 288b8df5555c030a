//go:build linux

package speaker

import (
	"context"
	"io"
	"net"
	"net/netip"
	"testing"

	"github.com/osrg/gobgp/v4/api"
	"github.com/osrg/gobgp/v4/pkg/server"
	"github.com/stretchr/testify/require"
)

var here = netip.MustParseAddr("127.0.0.1")

// neighbour returns where a neighbour listens that does so with each connection.
func neighbour(t *testing.T, answer func(net.Conn)) netip.AddrPort {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			answer(conn)
		}
	}()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func TestAConnectionIsGoodOnceTheNeighbourSpeaks(t *testing.T) {
	at := neighbour(t, func(c net.Conn) { c.Write([]byte("OPEN")) })
	conn, err := connect(t.Context(), here, at)
	require.NoError(t, err)
	defer conn.Close()
	said := make([]byte, 4)
	_, err = io.ReadFull(conn, said)
	require.NoError(t, err)
	require.Equal(t, "OPEN", string(said), "nothing of it was taken away from GoBGP")
}

func TestANeighbourThatIsNotReadyHangsUp(t *testing.T) {
	_, err := connect(t.Context(), here, neighbour(t, func(c net.Conn) { c.Close() }))
	require.Error(t, err)
}

func TestACallEndsWhenItIsNoLongerWanted(t *testing.T) {
	ctx, hangUp := context.WithCancel(t.Context())
	_, err := connect(ctx, here, neighbour(t, func(net.Conn) { hangUp() })) // and says nothing
	require.ErrorContains(t, err, "cancel")
}

func TestGoBGPTakesConnections(t *testing.T) {
	s := server.NewBgpServer()
	_, err := accepted(s)
	require.NoError(t, err)
	go s.Serve()
	require.NoError(t, s.StartBgp(t.Context(), &api.StartBgpRequest{Global: &api.Global{Asn: 65000, RouterId: "192.0.2.1", ListenPort: 20179, ListenAddresses: []string{"127.0.0.1"}}}))
	defer s.Stop()
	to, err := accepted(s)
	require.NoError(t, err)
	stranger, far := net.Pipe()
	to <- stranger // no TCP connection: GoBGP closes it
	_, err = far.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
}
