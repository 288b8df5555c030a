package junos

import (
	"fmt"
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

// communityMember reads one member of a community definition: a well-known name, a literal, or a
// regular expression, which is anything with an operator in it.
func communityMember(text string) (policy.CommunityPattern, error) {
	if c, ok := wellKnown[text]; ok {
		return policy.CommunityPattern{Literal: c}, nil
	}
	if strings.ContainsAny(text, `^$.*+?|()[]{}\`) && !hasAddress(text) {
		return communityRegex(text)
	}
	c, err := literalCommunity(text)
	return policy.CommunityPattern{Literal: c}, err
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

// literalCommunity reads a community without operators. In target and origin an administrator that
// is an IPv4 address, or an AS number above 65535 or with an L behind it, has a type of its own (RFC 4360, RFC 5668).
func literalCommunity(text string) (policy.Community, error) {
	f := strings.Split(text, ":")
	if len(f) != 3 || f[0] != "target" && f[0] != "origin" {
		return policy.ParseCommunity(text)
	}
	kind, admin := f[0], f[1]
	if a, err := netip.ParseAddr(admin); err == nil && a.Is4() {
		b := a.As4()
		n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		kind, admin = kind+"-ip", strconv.FormatUint(uint64(n), 10)
	} else if n, err := strconv.ParseUint(strings.TrimSuffix(admin, "L"), 10, 32); err == nil && (n > 65535 || strings.HasSuffix(admin, "L")) {
		kind, admin = kind+"4", strconv.FormatUint(n, 10)
	}
	c, err := policy.ParseCommunity(kind + ":" + admin + ":" + f[2])
	if err != nil || kind != f[0] && c.C > 65535 {
		return c, fmt.Errorf("community %q: want %s:administrator:number", text, f[0])
	}
	return c, nil
}

// communityRegex compiles a regular expression over the text of a community, character by character,
// as POSIX 1003.2 has it ("Understanding How to Define BGP Communities and Extended
// Communities"). A * with nothing to repeat means any characters. The guide recommends ^ and $
// because an expression without them also matches inside a longer community: 123:4.* matches 5123:45.
func communityRegex(text string) (policy.CommunityPattern, error) {
	kind, in := policy.Standard, text
	anchored := strings.HasPrefix(in, "^")
	head, rest, _ := strings.Cut(strings.TrimPrefix(in, "^"), ":")
	switch _, extended := policy.ExtendedType(head); {
	case head == "large":
		kind, in = policy.Large, rest
		if anchored {
			in = "^" + rest
		}
	case extended || strings.HasPrefix(head, "0x"):
		kind = policy.Extended
		if err := plainAdministrator(text, head, rest); err != nil {
			return policy.CommunityPattern{}, err
		}
	}
	if kind != policy.Extended && strings.ContainsFunc(in, unicode.IsLetter) {
		return policy.CommunityPattern{}, fmt.Errorf("community %q: letters in an expression: want a type such as large: or target: at its start", text)
	}
	p := &regexParser{in: in, atom: communityCharacter}
	n, err := p.parse()
	if err != nil {
		return policy.CommunityPattern{}, err
	}
	r, err := policy.Compile(text, n)
	return policy.CommunityPattern{Literal: policy.Community{Kind: kind}, Regex: r}, err
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

// plainAdministrator refuses an expression over extended communities that could match more than one
// encoding of the administrator, which the model keeps as different types.
func plainAdministrator(text, kind, rest string) error {
	admin, _, _ := strings.Cut(rest, ":")
	if _, err := strconv.ParseUint(admin, 10, 16); err != nil && (kind == "target" || kind == "origin") {
		return fmt.Errorf("community %q: an expression needs a plain 2-byte AS number after %s: list the members instead", text, kind)
	}
	return nil
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
