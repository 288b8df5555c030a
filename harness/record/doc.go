// Package record writes down what holds on a fabric as it is: the invariants of a closlab.yaml, for a person to review.
//
// What it writes holds on the snapshot that it was learned from: sessions that are up, pairs that reach each other, prefixes that are present, flows that
// pass a tier in equal shares, and what external neighbours are sent. Whether it ought to hold is not for it to know.
package record
