package frr_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/policy"
)

// outcome is what a session makes of a route, in words: "reject", or what is left of the attributes.
func outcome(c policy.Chain, r policy.Route, dir policy.Direction) string {
	res := policy.Apply(c, r, policy.Env{Direction: dir, Peer: netip.MustParseAddr("10.0.0.1")})
	if res.Decision != policy.Accept {
		return "reject"
	}
	res.Route.Protocol, res.Route.External, res.Route.Neighbor, res.Route.NextHop = policy.BGP, false, netip.Addr{}, netip.Addr{}
	return res.Route.String()
}

// neighbor is a router with one eBGP neighbor that runs the route-maps IN and OUT, if the text has them.
func neighbor(t *testing.T, text string, lines ...string) (*frr.Config, *frr.Session) {
	t.Helper()
	text += "router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n"
	for _, l := range lines {
		text += " " + l + "\n"
	}
	for name, dir := range map[string]string{"IN": "in", "OUT": "out"} {
		if strings.Contains(text, "route-map "+name+" ") {
			text += " neighbor 10.0.0.1 route-map " + name + " " + dir + "\n"
		}
	}
	c, err := frr.Read("r.frr.conf", []byte(text))
	require.NoError(t, err)
	return c, c.Sessions[0]
}

// learned is a route of another eBGP peer.
func learned(prefix string, cs ...policy.Community) policy.Route {
	return policy.Route{Prefix: netip.MustParsePrefix(prefix), External: true, Neighbor: netip.MustParseAddr("10.0.0.9"), LocalPref: 100,
		ASPath: []uint32{65009, 7}, Communities: policy.CommunitySet(cs...)}
}

// Each of these is what a person who knows Junos would not expect. TestBGPdDoesWhatApplySays has seen bgpd 8.4.4 do the same.
func TestTraps(t *testing.T) {
	t.Parallel()
	red, blue := policy.Std(64500, 1), policy.Std(64500, 2)
	ten := learned("10.0.0.0/8")
	const accept = "10.0.0.0/8 bgp as-path 65009 7"
	for name, x := range map[string]struct {
		text  string
		lines []string
		in    bool
		route policy.Route
		want  string
	}{
		"what no entry matches is denied":     {text: "route-map OUT permit 10\n match origin egp\n", route: ten, want: "reject"},
		"an entry without matches takes all":  {text: "route-map OUT permit 10\n", route: ten, want: accept},
		"NO_EXPORT counts before the map out": {text: "bgp community-list standard NE permit no-export\nroute-map OUT permit 10\n set comm-list NE delete\n", route: learned("10.0.0.0/8", policy.NoExport), want: "reject"},
		"NO_EXPORT that the map adds is sent": {text: "route-map OUT permit 10\n set community no-export additive\n", route: ten, want: accept + " communities 65535:65281"},
		"NO_EXPORT comes in":                  {text: "route-map IN permit 10\n", in: true, route: learned("10.0.0.0/8", policy.NoExport), want: accept + " communities 65535:65281"},
		"NO_ADVERTISE stays":                  {text: "route-map OUT permit 10\n", route: learned("10.0.0.0/8", policy.NoAdvertise), want: "reject"},
		"set community replaces":              {text: "route-map OUT permit 10\n set community 64500:2\n", route: learned("10.0.0.0/8", red), want: accept + " communities 64500:2"},
		"additive adds":                       {text: "route-map OUT permit 10\n set community 64500:2 additive\n", route: learned("10.0.0.0/8", red), want: accept + " communities 64500:1 64500:2"},
		"set community leaves other kinds":    {text: "route-map OUT permit 10\n set community none\n", route: learned("10.0.0.0/8", red, policy.Community{Kind: policy.Large, A: 1, B: 2, C: 3}), want: accept + " communities large:1:2:3"},
		"an undefined list matches nothing":   {text: "route-map OUT permit 10\n match ip address prefix-list GONE\n", route: ten, want: "reject"},
		"an empty list matches nothing":       {text: "ip prefix-list E description none\nroute-map OUT permit 10\n match ip address prefix-list E\n", route: ten, want: "reject"},
		"an undefined list takes nothing off": {text: "route-map OUT permit 10\n set comm-list GONE delete\n", route: learned("10.0.0.0/8", red), want: accept + " communities 64500:1"},
		"a second match of a kind replaces": {text: "ip prefix-list A permit 10.0.0.0/8\nip prefix-list B permit 11.0.0.0/8\nroute-map OUT permit 10\n match ip address prefix-list A\n match ip address prefix-list B\n",
			route: ten, want: "reject"},
		"matches of two kinds must both hold": {text: "ip prefix-list A permit 10.0.0.0/8\nroute-map OUT permit 10\n match ip address prefix-list A\n match origin egp\n", route: ten, want: "reject"},
		"the first entry of a list decides":   {text: "ip prefix-list A permit 10.0.0.0/8 le 32\nip prefix-list A deny 10.1.0.0/16\nroute-map OUT permit 10\n match ip address prefix-list A\n", route: learned("10.1.0.0/16"), want: "10.1.0.0/16 bgp as-path 65009 7"},
		"entries of a list go by number":      {text: "ip prefix-list A seq 10 permit 10.0.0.0/8 le 32\nip prefix-list A seq 5 deny 10.1.0.0/16\nroute-map OUT permit 10\n match ip address prefix-list A\n", route: learned("10.1.0.0/16"), want: "reject"},
		"without ge and le a prefix is exact": {text: "ip prefix-list A permit 10.0.0.0/8\nroute-map OUT permit 10\n match ip address prefix-list A\n", route: learned("10.1.0.0/16"), want: "reject"},
		"ge 0 is not said":                    {text: "ip prefix-list A permit 10.0.0.0/8 ge 0\nroute-map OUT permit 10\n match ip address prefix-list A\n", route: learned("10.1.0.0/16"), want: "reject"},
		"an access-list holds longer ones":    {text: "access-list A permit 10.0.0.0/8\nroute-map OUT permit 10\n match ip address A\n", route: learned("10.1.0.0/16"), want: "10.1.0.0/16 bgp as-path 65009 7"},
		"exact-match again is dropped": {text: "access-list A permit 10.0.0.0/8 exact-match\naccess-list A permit 10.0.0.0/8\nroute-map OUT permit 10\n match ip address A\n",
			route: learned("10.1.0.0/16"), want: "reject"},
		"ip and ipv6 lists are apart":          {text: "ipv6 prefix-list A permit any\nroute-map OUT permit 10\n match ip address prefix-list A\n", route: ten, want: "reject"},
		"entries of a map go by number":        {text: "route-map OUT permit 20\nroute-map OUT deny 10\n", route: ten, want: "reject"},
		"naming an entry again does not move":  {text: "route-map OUT permit 10\n match origin igp\nroute-map OUT deny 20\nroute-map OUT permit 10\n set metric 7\n", route: ten, want: accept + " metric 7"},
		"another number moves an entry":        {text: "route-map OUT deny 90\nroute-map OUT permit 110\n", route: ten, want: "reject"},
		"without its number it stays":          {text: "route-map OUT permit 10\nno route-map OUT permit 10\nroute-map OUT deny 90\nroute-map OUT permit 10\n", route: ten, want: accept},
		"what an entry that denies sets":       {text: "route-map OUT deny 10\n match origin egp\n set metric 7\nroute-map OUT permit 20\n", route: ten, want: accept},
		"call comes after sets":                {text: "route-map SUB permit 10\n match metric 7\n set metric 8\nroute-map OUT permit 10\n set metric 7\n call SUB\n", route: ten, want: accept + " metric 8"},
		"what the callee denies is denied":     {text: "route-map SUB deny 10\nroute-map OUT permit 10\n call SUB\n on-match next\nroute-map OUT permit 20\n", route: ten, want: "reject"},
		"a call of nothing is none":            {text: "route-map OUT permit 10\n call GONE\n", route: ten, want: accept},
		"on-match next asks for another match": {text: "route-map OUT permit 10\n on-match next\nroute-map OUT permit 20\n match origin egp\n", route: ten, want: "reject"},
		"on-match next at the end permits":     {text: "route-map OUT permit 10\n on-match next\n", route: ten, want: accept},
		"a leap past the end permits":          {text: "route-map OUT permit 10\n on-match goto 30\nroute-map OUT deny 20\n", route: ten, want: accept},
		"continue leaps to the next entry":     {text: "route-map OUT permit 10\n set metric 1\n continue 25\nroute-map OUT deny 20\nroute-map OUT permit 30\n set tag 1\n", route: ten, want: accept + " metric 1 tag 1"},
		"later entries see what is set":        {text: "bgp community-list standard R permit 64500:1\nroute-map OUT permit 10\n set community 64500:1\n on-match next\nroute-map OUT permit 20\n match community R\n set metric 5\n", route: ten, want: accept + " metric 5 communities 64500:1"},
		"expressions see names":                {text: "bgp community-list expanded NE permit 65535:65281\nroute-map OUT permit 10\n match community NE\n", route: learned("10.0.0.0/8", policy.Std(65535, 65284)), want: "reject"},
		"and match them":                       {text: "bgp community-list expanded NE permit no-peer\nroute-map OUT permit 10\n match community NE\n", route: learned("10.0.0.0/8", policy.Std(65535, 65284)), want: accept + " communities 65535:65284"},
		"a standard entry asks for all":        {text: "bgp community-list standard B permit 64500:1 64500:2\nroute-map OUT permit 10\n match community B\n", route: learned("10.0.0.0/8", red), want: "reject"},
		"exact-match allows no others":         {text: "bgp community-list standard B permit 64500:1\nroute-map OUT permit 10\n match community B exact-match\n", route: learned("10.0.0.0/8", red, blue), want: "reject"},
		"delete goes one by one": {text: "bgp community-list standard B permit 64500:1 64500:7\nroute-map OUT permit 10\n set comm-list B delete\n", route: learned("10.0.0.0/8", red, blue),
			want: accept + " communities 64500:2"},
		"internet is everything":                {text: "bgp community-list standard B permit internet\nroute-map OUT permit 10\n match community B\n", route: ten, want: accept},
		"nothing is local preference 100":       {text: "route-map IN permit 10\n match local-preference 100\n", in: true, route: ten, want: "reject"},
		"and is added to":                       {text: "route-map IN permit 10\n set local-preference +10\n", in: true, route: ten, want: accept + " local-preference 10"},
		"unless it was set":                     {text: "route-map IN permit 10\n set local-preference 50\n on-match next\nroute-map IN permit 20\n set local-preference +10\n", in: true, route: ten, want: accept + " local-preference 60"},
		"BLACKHOLE stays in the AS":             {text: "bgp community-list standard B permit blackhole\nroute-map IN permit 10\n", in: true, route: learned("10.0.0.0/8", policy.Blackhole), want: accept + " communities 65535:666 65535:65281"},
		"GRACEFUL_SHUTDOWN is last":             {text: "route-map IN permit 10\n set community graceful-shutdown\n", in: true, route: ten, want: accept + " communities 65535:0"},
		"no policy, no routes":                  {route: ten, want: "reject"},
		"nor in":                                {route: ten, in: true, want: "reject"},
		"and none again, once it is taken away": {text: "route-map A permit 10\n", lines: []string{"neighbor 10.0.0.1 route-map A out", "no neighbor 10.0.0.1 route-map A out"}, route: ten, want: "reject"},
		"but that of the group, of a member": {text: "route-map A permit 10\nroute-map B deny 10\n", lines: []string{"neighbor G peer-group", "neighbor G route-map A out", "neighbor 10.0.0.1 peer-group G", "neighbor 10.0.0.1 route-map B out", "no neighbor 10.0.0.1 route-map B out"},
			route: ten, want: accept},
		"which also goes by what the group does not send": {text: "route-map OUT permit 10\n", lines: []string{"neighbor G peer-group", "no neighbor G send-community both", "neighbor 10.0.0.1 peer-group G", "neighbor 10.0.0.1 send-community both"},
			route: learned("10.0.0.0/8", red), want: accept},
		"unless it is not asked for":        {lines: []string{"no bgp ebgp-requires-policy"}, route: ten, want: accept},
		"or the profile is datacenter":      {text: "frr defaults datacenter\n", route: ten, want: accept},
		"or the version is old":             {text: "frr version 7.3\n", route: ten, want: accept},
		"a list is policy":                  {text: "ip prefix-list A permit any\n", lines: []string{"neighbor 10.0.0.1 prefix-list A out"}, route: ten, want: accept},
		"an undefined list permits nothing": {lines: []string{"neighbor 10.0.0.1 prefix-list A out"}, route: ten, want: "reject"},
		"an empty list permits everything":  {text: "ip prefix-list A description none\n", lines: []string{"neighbor 10.0.0.1 prefix-list A out"}, route: ten, want: accept},
		"an undefined route-map denies":     {lines: []string{"neighbor 10.0.0.1 route-map GONE out"}, route: ten, want: "reject"},
		"lists come before the map":         {text: "ip prefix-list A permit 11.0.0.0/8\nroute-map OUT permit 10\n", lines: []string{"neighbor 10.0.0.1 prefix-list A out"}, route: ten, want: "reject"},
		"an as-path list filters":           {text: "bgp as-path access-list A deny _7$\nbgp as-path access-list A permit .*\nroute-map OUT permit 10\n", lines: []string{"neighbor 10.0.0.1 filter-list A out"}, route: ten, want: "reject"},
		"communities can be kept back":      {text: "route-map OUT permit 10\n", lines: []string{"no neighbor 10.0.0.1 send-community standard"}, route: learned("10.0.0.0/8", red, policy.Community{Kind: policy.Large, A: 1}), want: accept + " communities large:1:0:0"},
		"own routes stay at home":           {text: "route-map OUT permit 10\n", route: policy.Route{Prefix: ten.Prefix, Protocol: policy.Static, LocalPref: 100}, want: "reject"},
		"but for network":                   {text: "route-map OUT permit 10\n", lines: []string{"network 10.0.0.0/8"}, route: policy.Route{Prefix: ten.Prefix, Protocol: policy.Static, LocalPref: 100}, want: "10.0.0.0/8 bgp"},
		"and redistribute": {text: "route-map OUT permit 10\nroute-map R permit 10\n set metric 5\n", lines: []string{"redistribute static route-map R"},
			route: policy.Route{Prefix: ten.Prefix, Protocol: policy.Static, LocalPref: 100}, want: "10.0.0.0/8 bgp origin incomplete metric 5"},
		"as far as its interface goes": {text: "interface lo\n ip address 10.0.0.1/8\nroute-map OUT permit 10\nroute-map R permit 10\n match interface lo\n", lines: []string{"redistribute connected route-map R"},
			route: policy.Route{Prefix: ten.Prefix, Protocol: policy.Direct, LocalPref: 100}, want: "10.0.0.0/8 bgp origin incomplete"},
		"and no further": {text: "interface lo\n ip address 10.0.0.1/8\nroute-map OUT permit 10\nroute-map R permit 10\n match interface lo\n", lines: []string{"redistribute connected route-map R"},
			route: policy.Route{Prefix: netip.MustParsePrefix("11.0.0.0/8"), Protocol: policy.Direct, LocalPref: 100}, want: "reject"},
		"in a section that nobody left": {text: "route-map OUT permit 10\n", lines: []string{"bmp targets A", " bmp stats interval 1000", "network 10.0.0.0/8"},
			route: policy.Route{Prefix: ten.Prefix, Protocol: policy.Static, LocalPref: 100}, want: "10.0.0.0/8 bgp"},
		"unless its map denies": {text: "route-map OUT permit 10\nroute-map R deny 10\n", lines: []string{"redistribute static route-map R"},
			route: policy.Route{Prefix: ten.Prefix, Protocol: policy.Static, LocalPref: 100}, want: "reject"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, s := neighbor(t, x.text, x.lines...)
			if x.in {
				require.Equal(t, x.want, outcome(s.In, x.route, policy.Import))
			} else {
				require.Equal(t, x.want, outcome(s.Out, x.route, policy.Export))
			}
		})
	}
}
