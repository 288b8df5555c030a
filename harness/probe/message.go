package probe

import (
	"encoding/binary"
	"os"
)

// message is what a probe carries, over UDP and behind the header of an ICMP echo alike.
type message struct {
	kind   uint32
	round  uint32
	number uint32 // of the question in its round
}

// The kinds are text, for who reads a capture.
const (
	ask    = 'a'<<24 | 's'<<16 | 'k'<<8 | '?'
	answer = 'a'<<24 | 'n'<<16 | 's'<<8 | '!'
	visit  = 'v'<<24 | 's'<<16 | 't'<<8 | '?' // the packet of a flow
	served = 'v'<<24 | 's'<<16 | 't'<<8 | '!' // its answer, with the server's name behind it
	marked = 'm'<<24 | 'a'<<16 | 'r'<<8 | 'k' // what a reader of flows has come to
)

const messageSize = 16

// self tells the messages of this process from another's: every raw socket of a namespace gets every ICMP message.
var self = uint32(os.Getpid())

func (m message) append(b []byte) []byte {
	for _, x := range [...]uint32{m.kind, self, m.round, m.number} {
		b = binary.BigEndian.AppendUint32(b, x)
	}
	return b
}

// parse returns false for what is no question or answer of this process.
func parse(b []byte) (message, bool) {
	m, ok := decode(b)
	return m, ok && len(b) == messageSize && (m.kind == ask || m.kind == answer)
}

// decode returns false for what does not begin with a message of this process.
func decode(b []byte) (message, bool) {
	if len(b) < messageSize || binary.BigEndian.Uint32(b[4:]) != self {
		return message{}, false
	}
	m := message{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:])}
	return m, true
}

// checksum is the Internet checksum (RFC 1071) of an even number of bytes.
func checksum(b []byte) uint16 {
	sum := uint32(0)
	for ; len(b) > 0; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
