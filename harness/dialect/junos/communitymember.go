package junos

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/closlab/closlab/harness/policy"
)

// wellKnown are the names that Junos takes for communities.
var wellKnown = map[string]policy.Community{
	"no-export":           policy.NoExport,
	"no-advertise":        policy.NoAdvertise,
	"no-export-subconfed": policy.NoExportSubconfed,
	"no-peer":             policy.NoPeer,
	"blackhole":           policy.Blackhole,
	"graceful-shutdown":   policy.GracefulShutdown,
	"llgr-stale":          policy.LLGRStale,
	"no-llgr":             policy.NoLLGR,
}

// extendedNames are types of extended communities that Junos has a name for and package policy has none, by
// their type and subtype octets (RFC 6514, RFC 4577, RFC 9012, RFC 9832).
var extendedNames = map[string]string{
	"rt-import": "0x010b", "src-as": "0x0009", "domain-id": "0x0005", "encapsulation": "0x030c", "transport-target": "0x0a02",
}

// communityMember reads one member of a community definition: a well-known name, a literal, or a regular expression, which
// is anything with an operator in it. An expression that matches communities of several kinds has one pattern for each.
func communityMember(text string) ([]policy.CommunityPattern, error) {
	if c, ok := wellKnown[text]; ok {
		return []policy.CommunityPattern{{Literal: c}}, nil
	}
	if strings.ContainsAny(text, `^$.*+?|()[]{}\`) && !hasAddress(text) {
		return communityRegex(text)
	}
	c, err := literalCommunity(text)
	return []policy.CommunityPattern{{Literal: c}}, err
}

// hasAddress reports whether the community is an extended one with an IPv4 address in it,
// whose periods are no operators.
func hasAddress(text string) bool {
	f := strings.Split(text, ":")
	if len(f) != 3 {
		return false
	}
	_, err := netip.ParseAddr(f[1])
	return err == nil
}

// literalCommunity reads a community without operators. An administrator that is an IPv4 address, or an AS number above
// 65535 or with an L behind it, has a type of its own (RFC 4360, RFC 5668).
func literalCommunity(text string) (policy.Community, error) {
	f := strings.Split(text, ":")
	if len(f) != 3 {
		return policy.ParseCommunity(text)
	}
	kind, admin := f[0], strings.TrimSuffix(f[1], "L")
	if hex, ok := extendedNames[kind]; ok {
		kind = hex
	}
	octets, known := policy.ExtendedType(kind)
	n, err := strconv.ParseUint(kind, 0, 16)
	if err == nil {
		octets, known = uint32(n), true
	}
	numeric := err == nil && kind == f[0]
	const address, fourOctets = 0x0100, 0x0200
	form := octets & 0x0300
	if a, err := netip.ParseAddr(admin); err == nil && a.Is4() {
		b := a.As4()
		form, admin = address, strconv.FormatUint(uint64(binary.BigEndian.Uint32(b[:])), 10)
	} else if n, err := strconv.ParseUint(admin, 10, 32); err == nil && (n > math.MaxUint16 || admin != f[1]) {
		form = fourOctets
	}
	switch {
	case known && octets>>8&0x3f <= 2:
		kind = fmt.Sprintf("0x%04x", octets&^0x0300|form)
	case numeric && form == fourOctets: // of a type that Junos has no name for, as routers print it
		kind = fmt.Sprintf("0x%04x", octets|fourOctets)
	}
	c, err := policy.ParseCommunity(kind + ":" + admin + ":" + f[2])
	if err != nil || form != octets&0x0300 && c.C > math.MaxUint16 {
		return c, fmt.Errorf("community %q: want a type such as target, an AS number or address, and a number", text)
	}
	return c, nil
}

// communityRegex compiles a regular expression over the text of a community, character by character,
// as POSIX 1003.2 has it ("Understanding How to Define BGP Communities and Extended
// Communities"). A * with nothing to repeat means any characters. The guide recommends ^ and $
// because an expression without them also matches inside a longer community: 123:4.* matches 5123:45.
//
// An expression that begins with a type, such as large: or target:, matches communities of that type. One for anything,
// such as *:* or .*:.*, matches those of every type (measured on routers, github.com/batfish/lab-validation,
// junos_community_delete). Any other is held against standard communities; what it makes of a type, the guide does not say.
func communityRegex(text string) ([]policy.CommunityPattern, error) {
	head, rest, _ := strings.Cut(strings.TrimPrefix(text, "^"), ":")
	anchor := text[:len(text)-len(strings.TrimPrefix(text, "^"))]
	switch _, extended := policy.ExtendedType(head); {
	case head == "large":
		return patterns(text, map[policy.CommunityKind]string{policy.Large: anchor + rest})
	case head == "target" || head == "origin":
		in, err := administrator(head, rest)
		if err != nil {
			return nil, fmt.Errorf("community %q: %w", text, err)
		}
		return patterns(text, map[policy.CommunityKind]string{policy.Extended: anchor + in})
	case extended || strings.HasPrefix(head, "0x"):
		return patterns(text, map[policy.CommunityKind]string{policy.Extended: text})
	case strings.ContainsFunc(text, unicode.IsLetter):
		return nil, fmt.Errorf("community %q: letters in an expression: want a type such as large: or target: at its start", text)
	}
	if anything.MatchString(text) {
		return patterns(text, map[policy.CommunityKind]string{policy.Standard: text, policy.Extended: text, policy.Large: text})
	}
	return patterns(text, map[policy.CommunityKind]string{policy.Standard: text})
}

// anything is an expression that matches every community.
var anything = regexp.MustCompile(`^\^?\(?(\.\*|\.\+|\*)\)?(:\(?(\.\*|\.\+|\*)\)?)?\$?$`)

// administrator returns an expression over target or origin as the model writes such communities: the form of the
// administrator is part of the type.
func administrator(kind, rest string) (string, error) {
	admin, tail, found := strings.Cut(rest, ":")
	number := strings.TrimSuffix(admin, "L")
	n, err := strconv.ParseUint(number, 10, 32)
	switch {
	case (admin == "*" || admin == ".*") && !found:
		return "(" + kind + "|" + kind + "4|" + kind + "-ip):.*", nil
	case admin == "*" || admin == ".*":
		return "(" + kind + "|" + kind + "4|" + kind + "-ip):.*:" + tail, nil
	case err != nil:
		return "", fmt.Errorf("an expression needs a plain AS number after %s: list the members instead", kind)
	case n > math.MaxUint16 || number != admin:
		kind += "4"
	}
	return kind + ":" + number + ":" + tail, nil
}

// patterns compiles what an expression means for each kind.
func patterns(text string, over map[policy.CommunityKind]string) ([]policy.CommunityPattern, error) {
	var out []policy.CommunityPattern
	for _, kind := range []policy.CommunityKind{policy.Standard, policy.Extended, policy.Large} {
		in, ok := over[kind]
		if !ok {
			continue
		}
		p := &regexParser{in: in, atom: communityCharacter}
		n, err := p.parse()
		if err != nil {
			return nil, err
		}
		r, err := policy.Compile(text, n)
		if err != nil {
			return nil, err
		}
		out = append(out, policy.CommunityPattern{Literal: policy.Community{Kind: kind}, Regex: r})
	}
	return out, nil
}

// looseFront and looseEnd are expressions that begin or end in a number which can be part of a longer one below 65536.
var (
	looseFront = regexp.MustCompile(`^[0-9]{1,4}:`)
	looseEnd   = regexp.MustCompile(`:[0-9]{1,4}$`)
)

// loose says why an expression over standard communities probably matches more than was meant, or "".
func loose(m policy.CommunityPattern) string {
	switch {
	case m.Regex == nil || m.Literal.Kind != policy.Standard:
	case looseFront.MatchString(m.Regex.String()):
		return "has no ^ in front, so it also matches longer AS numbers that end alike"
	case looseEnd.MatchString(m.Regex.String()):
		return "has no $ at its end, so it also matches longer numbers that begin alike"
	}
	return ""
}

func communityCharacter(p *regexParser) (policy.Node, error) {
	c := p.peek()
	switch {
	case c == '.':
		p.pos++
		return policy.AnySymbol(), nil
	case c == '*':
		if at := p.pos; at > 0 && !strings.ContainsRune(":(|^", rune(p.in[at-1])) {
			return policy.Node{}, p.errorf("* has nothing to repeat")
		}
		// The operator is read behind this term.
		return policy.AnySymbol(), nil
	case c == '[':
		p.pos++
		return p.class()
	case c == '\\' && p.pos+1 < len(p.in) && strings.IndexByte(`^$.*+?|()[]{}\`, p.in[p.pos+1]) >= 0:
		p.pos += 2
		return policy.Text(p.in[p.pos-1 : p.pos]), nil
	case c == ':' || isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '-':
		p.pos++
		return policy.Text(string(rune(c))), nil
	case c == '^' || c == '$':
		return policy.Node{}, p.errorf("%c is understood only at the ends of an alternative outside parentheses", c)
	case c == 0:
		return policy.Node{}, p.errorf("a term is missing here")
	}
	return policy.Node{}, p.errorf("unexpected %q", c)
}

// class reads what is inside brackets: [579], [2-8], [^0].
func (p *regexParser) class() (policy.Node, error) {
	in, found := strings.CutPrefix(p.in[p.pos:], "^")
	end := strings.IndexByte(in, ']')
	if end <= 0 || strings.ContainsAny(in[:end], `[\:.=`) {
		return policy.Node{}, p.errorf("want digits and ranges of them up to ]")
	}
	var holds [256]bool
	for i := 0; i < end; i++ {
		lo, hi := in[i], in[i]
		if i+2 < end && in[i+1] == '-' {
			hi = in[i+2]
			i += 2
		}
		if hi < lo {
			return policy.Node{}, p.errorf("the range %c-%c is empty", lo, hi)
		}
		for c := int(lo); c <= int(hi); c++ {
			holds[c] = true
		}
	}
	p.pos += len(p.in[p.pos:]) - len(in) + end + 1
	var alts []policy.Node
	for c := range uint32(256) {
		if holds[c] != found {
			alts = append(alts, policy.Symbol(c, c))
		}
	}
	return policy.Alt(alts...), nil
}
