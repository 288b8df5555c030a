// Package check judges: a Check is a named claim about a fabric, Judge holds it against a snapshot and returns Findings.
// A claim that matched nothing, or that the snapshot does not show, is Unknown and never OK.
//
// It acts on nothing, waits for nothing, and knows no runtime.
package check
