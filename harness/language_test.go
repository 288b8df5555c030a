package harness_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/closlab/closlab/harness/dialect/frr"
	"github.com/closlab/closlab/harness/dialect/frr/routemap"
	"github.com/closlab/closlab/harness/dialect/gobgp"
	"github.com/closlab/closlab/harness/dialect/junos"
	"github.com/closlab/closlab/harness/dialect/junos/conf"
	"github.com/closlab/closlab/harness/place"
	"github.com/closlab/closlab/harness/policy"
)

var update = flag.Bool("update", false, "write the table of README.md")

// none is what a language has no words for.
const none = ""

// The texts in which a construct is said: %s is the body of a policy-statement, the lines of an entry, and those of a statement.
const (
	junosText = `policy-options {
    prefix-list P { 10.0.0.0/8; }
    community C members 64500:1;
    community L members large:64500:1:1;
    community E members target:64500:1;
    community R members "^64500:.*$";
    community I { invert-match; members 64500:1; }
    as-path A ".* 65001 .*";
    condition K { if-route-exists { 10.9.0.0/16; table inet.0; } }
    policy-statement SUB { term T { from protocol bgp; then accept; } term R { then reject; } }
    policy-statement X { %s }
}
protocols { bgp { group G { type external; peer-as 65001; neighbor 10.0.0.1; %s } } }
`
	frrText = `frr version 10.0
ip prefix-list P permit 10.0.0.0/8 le 32
ip prefix-list D deny 10.1.0.0/16
ip prefix-list D permit 10.0.0.0/8 le 32
ip prefix-list H permit 10.0.0.9/32
bgp community-list standard C permit 64500:1
bgp large-community-list standard L permit 64500:1:1
bgp extcommunity-list standard E permit rt 64500:1
bgp community-list standard N deny 64500:1
bgp community-list standard N permit internet
bgp community-list expanded R permit 64500:.*
bgp as-path access-list A permit _65001_
route-map SUB permit 10
route-map X permit 10
%s
route-map X deny 20
router bgp 65000
 neighbor 10.0.0.1 remote-as 65001
 neighbor 10.0.0.1 route-map X %s
`
	gobgpText = `defined-sets:
  prefix-sets: [{prefix-set-name: P, prefix-list: [{ip-prefix: 10.0.0.0/8, masklength-range: 8..32}]}]
  neighbor-sets: [{neighbor-set-name: N, neighbor-info-list: [10.0.0.9/32]}]
  bgp-defined-sets:
    community-sets: [{community-set-name: C, community-list: ["64500:1"]}, {community-set-name: R, community-list: ["^64500:.*$"]}]
    large-community-sets: [{large-community-set-name: L, large-community-list: ["64500:1:1"]}]
    ext-community-sets: [{ext-community-set-name: E, ext-community-list: ["rt:64500:1"]}]
    as-path-sets: [{as-path-set-name: A, as-path-list: ["_65001_"]}]
policy-definitions:
  - name: X
    statements:
      - name: S
%s
global: {config: {as: 65000}}
`
)

// reads returns the chain that a sample means in a language.
type reads func(sample string, dir policy.Direction) (policy.Chain, error)

func readJunos(sample string, dir policy.Direction) (policy.Chain, error) {
	named := "X"
	if strings.HasPrefix(sample, "(") { // an expression of policies
		named, sample = sample, "then accept;"
	}
	c, err := conf.Parse("x.junos.conf", []byte(fmt.Sprintf(junosText, sample, dir.String()+" "+named+";")))
	if err != nil {
		return nil, err
	}
	j, err := junos.Read(c)
	if err != nil {
		return nil, err
	}
	n := j.Groups[0].Neighbors[0]
	if dir == policy.Import {
		return n.Import, n.Problems.Err()
	}
	return n.Export, n.Problems.Err()
}

func readFRR(sample string, dir policy.Direction) (policy.Chain, error) {
	way := map[policy.Direction]string{policy.Import: "in", policy.Export: "out"}[dir]
	c, err := frr.Read("x.frr.conf", []byte(fmt.Sprintf(frrText, sample, way)))
	if err != nil {
		return nil, err
	}
	s := c.Sessions[0]
	if dir == policy.Import {
		return s.In, s.Problems.Err()
	}
	return s.Out, s.Problems.Err()
}

func readGoBGP(sample string, dir policy.Direction) (policy.Chain, error) {
	t, err := gobgp.Parse("x.gobgp.yaml", []byte(fmt.Sprintf(gobgpText, "        "+strings.ReplaceAll(sample, "\n", "\n        "))))
	if err != nil {
		return nil, err
	}
	c, err := gobgp.Read(t)
	if err != nil {
		return nil, err
	}
	return c.Chain(dir, "X")
}

func runsGoBGP(c policy.Chain, dir policy.Direction) error {
	s := gobgp.Session{Peer: netip.MustParseAddr("10.0.0.1"), LocalAS: 65000, PeerAS: 65001}
	if s.Out = c; dir == policy.Import {
		s.In, s.Out = c, nil
	}
	_, err := gobgp.Compile([]gobgp.Session{s})
	return err
}

func runsFRR(c policy.Chain, dir policy.Direction) error {
	s := routemap.Session{Peer: netip.MustParseAddr("10.0.0.1"), LocalAS: 65000, PeerAS: 65001}
	if s.Out = c; dir == policy.Import {
		s.In, s.Out = c, nil
	}
	_, err := routemap.Compile([]routemap.Session{s})
	return err
}

// says reports whether a chain, or what it calls, has what is looked for: a match, an action, a term or an expression.
func says(c policy.Chain, is func(any) bool) bool {
	exprs := slices.Clone(c)
	for i := 0; i < len(exprs); i++ {
		exprs = append(exprs, exprs[i].Args...)
		if is(exprs[i]) {
			return true
		}
	}
	return slices.ContainsFunc(c.Policies(), func(p *policy.Policy) bool {
		return slices.ContainsFunc(p.Terms, func(t *policy.Term) bool {
			return is(t) || slices.ContainsFunc(t.From, func(m policy.Match) bool { return is(m) }) ||
				slices.ContainsFunc(t.Then, func(a policy.Action) bool { return is(a) })
		})
	})
}

// table makes the rows: what each language reads and each engine runs, and why not.
type table struct {
	t    *testing.T
	out  strings.Builder
	why  []string
	seen map[string]int
}

// varying is what a reason says that the table says already: places, the names of the samples, who refuses.
var varying = regexp.MustCompile(`^(x\.\S+: |policy X( term T)?(, (import|export) over eBGP)?: |policy X statement S: |route-map X: |group G: (import|export): policy X, |GoBGP: |FRR: )+`)

func (x *table) cell(errs [2]error) string {
	switch {
	case errs[0] == nil && errs[1] == nil:
		return "yes"
	case errs[0] == nil:
		return "import" + x.note(errs[1])
	case errs[1] == nil:
		return "export" + x.note(errs[0])
	}
	return "no" + x.note(errs[0])
}

// note returns the mark of a reason.
func (x *table) note(err error) string {
	var ps place.Problems
	text := err.Error()
	if errors.As(err, &ps) {
		text = ps[0].Text
	}
	text, _, _ = strings.Cut(varying.ReplaceAllString(text, ""), ": want ")
	if x.seen[text] == 0 {
		x.why = append(x.why, text)
		x.seen[text] = len(x.why)
	}
	return fmt.Sprintf(" [%d]", x.seen[text])
}

func (x *table) row(c construct) {
	var cells []string
	for i, read := range []reads{readJunos, readFRR, readGoBGP} {
		sample := []string{c.junos, c.frr, c.gobgp}[i]
		if sample == none {
			cells = append(cells, "–")
			continue
		}
		var errs [2]error
		otherwise := 0
		for k, dir := range []policy.Direction{policy.Import, policy.Export} {
			chain, err := read(sample, dir)
			if errs[k] = err; err == nil && !says(chain, c.is) {
				errs[k] = errors.New("the words for it mean something else in the other direction")
				otherwise++
			}
		}
		require.Less(x.t, otherwise, 2, "%s, language %d: the sample is read as something else", c.name, i)
		cells = append(cells, x.cell(errs))
	}
	for _, runs := range []func(policy.Chain, policy.Direction) error{runsGoBGP, runsFRR} {
		cells = append(cells, x.cell([2]error{runs(c.chain(), policy.Import), runs(c.chain(), policy.Export)}))
	}
	fmt.Fprintf(&x.out, "| %s | %s |\n", c.name, strings.Join(cells, " | "))
}

const (
	tableBegin = "<!-- what languages and engines express: written by go test ./harness -run Languages -update -->\n"
	tableEnd   = "<!-- end -->\n"
)

// README.md says what each language says and each engine runs, as reading and compiling a sample of each construct tells.
func TestLanguagesAndEngines(t *testing.T) {
	t.Parallel()
	x := &table{t: t, seen: map[string]int{}}
	x.out.WriteString("| construct | read from Junos | from FRR | from GoBGP | runs on GoBGP | on FRR |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, c := range constructs {
		x.row(c)
	}
	x.out.WriteString("\n")
	for i, why := range x.why {
		fmt.Fprintf(&x.out, "[%d] %s  \n", i+1, strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(why))
	}
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	before, rest, ok := bytes.Cut(text, []byte(tableBegin))
	require.True(t, ok, "README.md has the mark where the table begins")
	is, after, ok := bytes.Cut(rest, []byte(tableEnd))
	require.True(t, ok, "README.md has the mark where the table ends")
	if *update {
		require.NoError(t, os.WriteFile("../README.md", slices.Concat(before, []byte(tableBegin), []byte(x.out.String()), []byte(tableEnd), after), 0o644))
		return
	}
	require.Equal(t, x.out.String(), string(is), "the table of README.md: go test ./harness -run Languages -update writes it")
}
