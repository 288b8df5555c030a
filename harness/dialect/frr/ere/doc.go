// Package ere reads the POSIX extended regular expressions of FRR's access lists. FRR matches them against the text of a whole AS
// path ("65001 65002") or of all communities of a route ("64500:1 no-export"), where "_" stands for a delimiter or either end;
// package policy asks about AS numbers and about one community at a time.
//
// An expression becomes a deterministic automaton over bytes (machine). ASPath follows it from one AS number to the next, and
// Communities finds out whether what it says of all communities comes down to a question about one of them. Where the model
// cannot ask the same, the expression is refused with the reason: an AS number that is not delimited, communities in a row.
//
// It knows no lists, no names and no routes.
package ere
