package frr

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

// Config is what a router's configuration means to closlab.
type Config struct {
	ASN      uint32         // of router bgp; 0 if there is none
	Sessions []*Session     // of the neighbors and peer-groups of router bgp, one a unicast family that they carry, in order of appearance
	Passed   place.Problems // lines passed over because they cannot change a decision or an attribute, and unknown ones
	Unread   place.Problems // what is wrong or not modelled in route-maps and lists that no session uses

	lists     map[key]*list
	maps      map[string]*routeMap
	order     []*Definition
	bgp       *bgp
	profile   profile
	global    place.Problems            // what could change any session
	kernel    []line                    // ip protocol … route-map …
	connected map[string][]netip.Prefix // of interfaces, as the text gives them addresses
	touches   map[*policy.Policy]state
	origins   map[originKey]ownRoutes
	hinted    map[place.Finding]bool
	hints     []place.Finding
	policies  map[variant]*policy.Policy
	shown     map[string]*policy.Policy // a route-map as the first who uses it runs it
	foreign   map[policy.Match]bool     // no route of the model meets them
	mentions  map[policy.Community]bool // well-known communities that the text speaks of
}

// Read returns what the configuration means. The error is a place.Problems with everything that could change what any session does, and is
// wrong or not modelled. The same in what one session says or runs is a problem of that session; elsewhere it stops only who uses it, and is a
// finding of Lint.
func (t *Text) Read() (*Config, error) {
	r := newReader()
	for _, l := range t.lines() {
		r.line(l)
	}
	r.cfg.kernelMaps()
	r.cfg.sessions()
	r.cfg.unused()
	if len(r.cfg.global) > 0 { // all that is wrong is said at once
		return nil, append(r.cfg.global, r.cfg.Problems()...).Err()
	}
	return r.cfg, nil
}

// Read returns what a configuration means. Its error is that of Text.Read.
func Read(file string, text []byte) (*Config, error) { return Parse(file, text).Read() }

func newReader() *reader {
	return &reader{clear: true, cfg: &Config{lists: map[key]*list{}, maps: map[string]*routeMap{}, policies: map[variant]*policy.Policy{},
		shown: map[string]*policy.Policy{}, connected: map[string][]netip.Prefix{}, hinted: map[place.Finding]bool{}, origins: map[originKey]ownRoutes{}, touches: map[*policy.Policy]state{}, foreign: map[policy.Match]bool{}, mentions: map[policy.Community]bool{}, profile: profile{ebgpRequiresPolicy: true, version: 8.4}}}
}

// reader collects a Config.
type reader struct {
	cfg   *Config
	at    mode
	entry *routeMapEntry // in inRouteMap
	in    *routeMap
	typed place.Problems // what bgpd would not take of lines that are typed
	body  bool           // of inOther: the section has indented lines
	iface string         // of inOther: the interface that the section is of; "" for none
	clear bool           // all sections so far are known, so that an exit at the top leaves the configuration
	left  place.Pos      // where it was left
}

// pass records a line that cannot change a decision or an attribute.
func (r *reader) pass(l line, what string) {
	r.cfg.Passed = append(r.cfg.Passed, place.Problem{Pos: l.pos, Text: what})
}

// unknown records a line that closlab does not know.
func (r *reader) unknown(l line) {
	text := "unknown: " + shown(l.text())
	if l.typed {
		r.typed.Addf(l.pos, "%s", text)
	}
	r.pass(l, text)
	r.hint(l.pos, place.Warning, "unknown-line", "%s", text)
}

// shown is a text of the user as a message shows it: on one line, not too long, nothing that a terminal would obey.
func shown(text string) string {
	const most = 120
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return '�'
		}
		return c
	}, text)
}

// hint records a finding of Lint.
func (r *reader) hint(pos place.Pos, sev place.Severity, rule, format string, args ...any) {
	r.cfg.hints = append(r.cfg.hints, finding(pos, sev, rule, format, args...))
}

// sane reports whether a line can be shown and repeated as it is.
func sane(l line) bool {
	return !slices.ContainsFunc(l.words, func(w string) bool {
		return len(w) > maxWord || strings.ContainsFunc(w, func(c rune) bool { return unicode.IsControl(c) || c == unicode.ReplacementChar })
	})
}

// maxWord is the longest name and the longest number that is read, in bytes.
const maxWord = 512
