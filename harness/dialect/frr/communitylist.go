package frr

import (
	"slices"
	"strconv"
	"strings"

	"github.com/closlab/closlab/harness/dialect/frr/ere"
	"github.com/closlab/closlab/harness/policy"
)

// communities is what a standard entry names: all of them, or every route for `internet`.
type communities struct {
	all      []policy.Community
	everyone bool
}

// communityKinds are the kinds of community by the list that holds them.
var communityKinds = map[string]policy.CommunityKind{
	communityList: policy.Standard, largeList: policy.Large, extendedList: policy.Extended,
}

// communityList reads a line of a list of communities of any kind. Numbers below 100 are standard lists, those from 100 on expanded.
func (r *reader) communityList(l line) {
	kind := "bgp " + l.word(1)
	if _, ok := communityKinds[kind]; !ok {
		r.unknown(l)
		return
	}
	name, rest, expanded := l.word(2), l.from(3), false
	switch n, err := strconv.Atoi(name); {
	case name == "standard" || name == "expanded":
		name, rest, expanded = l.word(3), l.from(4), name == "expanded"
	case err == nil && 1 <= n && n <= 500:
		expanded = n >= 100
	default:
		r.unknown(l)
		return
	}
	x := r.list(kind, name, l)
	if len(rest) == 0 && l.no {
		r.dropAll(x, l)
		return
	}
	if len(x.bySeq) > 0 && x.expanded != expanded {
		x.problem(l.pos, "a list cannot be standard and expanded")
		return
	}
	x.expanded = expanded
	r.listLine(x, l, rest, func(words []string) any { return r.communityEntry(x, l, words) })
}

func (r *reader) communityEntry(x *list, l line, words []string) any {
	if len(words) == 0 {
		x.problem(l.pos, "an entry without communities")
		return nil
	}
	if !x.expanded {
		out, err := readCommunities(communityKinds[x.Kind], words)
		if err != nil {
			x.problem(l.pos, "%s", err)
			return nil
		}
		if x.Kind == extendedList && len(out.all) > 1 {
			x.problem(l.pos, "bgpd finds several extended communities only in the order in which a route has them, which set extcommunity changes: name one an entry")
		}
		return out
	}
	if x.Kind == extendedList {
		x.problem(l.pos, "expressions over extended communities are not modelled")
		return nil
	}
	e, err := ere.Parse(strings.Join(words, " "))
	if err != nil {
		x.problem(l.pos, "%s", err)
		return nil
	}
	return e
}

// readCommunities reads the communities of a standard entry.
func readCommunities(kind policy.CommunityKind, words []string) (communities, error) {
	var out communities
	for i := 0; i < len(words); i++ {
		text := words[i]
		if kind == policy.Extended && (text == "rt" || text == "soo") && i+1 < len(words) {
			i++
			text += " " + words[i]
		}
		if kind == policy.Standard && text == "internet" {
			out.everyone = true
			continue
		}
		c, err := readCommunity(kind, text)
		if err != nil {
			return out, err
		}
		if !slices.Contains(out.all, c) {
			out.all = append(out.all, c)
		}
	}
	slices.SortFunc(out.all, policy.Community.Compare)
	return out, nil
}

// String returns what FRR compares when it looks for such an entry.
func (c communities) String() string {
	var b strings.Builder
	if c.everyone {
		b.WriteString("internet")
	}
	for _, x := range c.all {
		b.WriteByte(' ')
		b.WriteString(x.String())
	}
	return b.String()
}
