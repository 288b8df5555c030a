// Package candidate joins a fabric with its routers' own text: Load reads the baseline and binds its
// policies to the sessions, With reads a proposed change and returns the fabric as it would be.
//
// A candidate is text from a stranger's pull request: it is read, never run; it cannot name a path
// outside its folder, and nothing is written. Judging it is the business of package gate.
package candidate
