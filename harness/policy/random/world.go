package random

import (
	"net/netip"

	"github.com/closlab/closlab/harness/policy"
)

// What policies ask for, the simplest first: the prefixes that prefixes are matched with, texts of standard and of large communities, and AS paths.
var (
	Bases = Nets("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "10.0.0.0/16", "10.0.0.0/15", "10.0.1.0/24",
		"::/0", "2001:db8::/32", "2001:db8:1::/48", "2001:db8::/33")
	Texts = []*policy.Regex{
		Regex("64500:[0-9]+", policy.Seq(policy.Text("64500:"), policy.Repeat(policy.Symbol('0', '9'), 1, -1))),
		Regex(".*:1", policy.Seq(anything, policy.Text(":1"))),
		Regex("6450[01]:.", policy.Seq(policy.Text("6450"), policy.Symbol('0', '1'), policy.Text(":"), policy.AnySymbol())),
		Regex("", policy.Seq()),
		Regex("nothing", policy.Alt()),
		Regex("65535:.*", policy.Seq(policy.Text("65535:"), anything)),
		Regex(".*", anything),
	}
	LargeTexts = []*policy.Regex{
		Regex("64500:1:[0-9]", policy.Seq(policy.Text("64500:1:"), policy.Symbol('0', '9'))),
		Regex("6.*:3", policy.Seq(policy.Text("6"), anything, policy.Text(":3"))),
	}
	Paths = []*policy.Regex{
		Regex("()", policy.Seq()),
		Regex(".*", anything),
		Regex("65001 .*", policy.Seq(policy.Symbol(65001, 65001), anything)),
		Regex(".* 65002", policy.Seq(anything, policy.Symbol(65002, 65002))),
		Regex(". .", policy.Seq(policy.AnySymbol(), policy.AnySymbol())),
		Regex("65000-65003{1,3}", policy.Repeat(policy.Symbol(65000, 65003), 1, 3)),
		Regex(".* 65001 65001 .*", policy.Seq(anything, policy.Symbol(65001, 65001), policy.Symbol(65001, 65001), anything)),
		Regex(".* 7 7 .*", policy.Seq(anything, policy.Symbol(7, 7), policy.Symbol(7, 7), anything)),
		Regex(".* 7 65000 .*", policy.Seq(anything, policy.Symbol(7, 7), policy.Symbol(65000, 65000), anything)),
		Regex(".? 5-66000 (7|65100+)?", policy.Seq(policy.Repeat(policy.AnySymbol(), 0, 1), policy.Symbol(5, 66000),
			policy.Repeat(policy.Alt(policy.Symbol(7, 7), policy.Repeat(policy.Symbol(65100, 65100), 1, -1)), 0, 1))),
	}
	anything = policy.Repeat(policy.AnySymbol(), 0, -1)
)

// Nets returns the prefixes of these texts, which are right.
func Nets(texts ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, t := range texts {
		out = append(out, netip.MustParsePrefix(t))
	}
	return out
}

// Regex returns the expression, which is right.
func Regex(text string, n policy.Node) *policy.Regex {
	r, err := policy.Compile(text, n)
	if err != nil {
		panic(err)
	}
	return r
}
