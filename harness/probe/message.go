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

// parse returns false for what is no message of this process.
func parse(b []byte) (message, bool) {
	if len(b) != messageSize || binary.BigEndian.Uint32(b[4:]) != self {
		return message{}, false
	}
	m := message{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:])}
	return m, m.kind == ask || m.kind == answer
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
