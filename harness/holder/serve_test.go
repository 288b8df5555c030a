//go:build linux

package holder

import (
	"encoding/json"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/candidate"
	"github.com/closlab/closlab/harness/fabric"
)

// asking has the lab answer over a pipe. It returns our end, and a channel that is closed when the lab is done.
func asking(t *testing.T, l *Lab) (net.Conn, <-chan struct{}) {
	t.Helper()
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		l.answer(t.Context(), theirs)
		theirs.Close()
		close(done)
	}()
	t.Cleanup(func() { ours.Close() })
	return ours, done
}

func idle() *Lab {
	return &Lab{base: &candidate.Base{Fabric: &fabric.Fabric{Name: "small"}}, turn: make(chan struct{}, 1)}
}

func TestOneRequestAtATime(t *testing.T) {
	t.Parallel()
	l := idle()
	l.turn <- struct{}{} // another is under way
	conn, done := asking(t, l)
	in := json.NewDecoder(conn)
	var said line
	require.NoError(t, json.NewEncoder(conn).Encode(Request{Op: "dance"}))
	require.NoError(t, in.Decode(&said))
	require.Equal(t, "waiting: the lab is busy with another request", said.Progress)
	require.Nil(t, said.Answer)
	<-l.turn // that one is done
	require.NoError(t, in.Decode(&said))
	require.Equal(t, &Answer{Fabric: "small", Input: true, Error: `no such request: "dance"`}, said.Answer)
	<-done
	require.Empty(t, l.turn)
}

func TestWhoHangsUpIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	l := idle()
	l.turn <- struct{}{}
	conn, done := asking(t, l)
	require.NoError(t, json.NewEncoder(conn).Encode(Request{Op: Check}))
	require.NoError(t, json.NewDecoder(conn).Decode(&line{}))
	require.NoError(t, conn.Close())
	<-done
	require.Len(t, l.turn, 1, "the turn is another's")
}

func TestWhatIsNoRequestGetsNoAnswer(t *testing.T) {
	t.Parallel()
	conn, done := asking(t, idle())
	_, err := conn.Write([]byte("GET / HTTP/1.1\r\n"))
	require.NoError(t, err)
	<-done
	_, err = conn.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
}

// A mistake of ours does not end the lab.
func TestAPanicIsAnAnswer(t *testing.T) {
	t.Parallel()
	l := idle()
	conn, done := asking(t, l) // without a runtime
	require.NoError(t, json.NewEncoder(conn).Encode(Request{Op: Check}))
	var said line
	require.NoError(t, json.NewDecoder(conn).Decode(&said))
	require.Contains(t, said.Answer.Error, "internal error: ")
	<-done
	require.Empty(t, l.turn)
}
