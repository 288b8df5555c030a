// Package check judges: a Check is a named claim about a fabric, Judge holds it against a snapshot and returns Findings.
// A claim that matched nothing, in whole or by one of its words, or that the snapshot does not show, is Unknown and
// never OK. Findings are few: what is lost in one way is one finding, with counts and an example.
//
// It acts on nothing, waits for nothing, and knows no runtime.
package check
