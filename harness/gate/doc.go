// Package gate decides on a candidate: it compares the policies statically, brings the baseline up, judges it,
// applies the candidate node by node with every check after each, finds out why what broke broke, rolls back, and
// proves that the baseline is back. The result is a Verdict, never an error: what closlab could not
// tell is Unknown. A candidate of lines that are typed is judged between them, too, with the routes that the fabric has.
//
// With a live runtime it plays the roll-out there as well, holds every snapshot against the predicted one, and shows live routers on a
// stage the routes that the fabric lacks.
//
// It reads no file and prints nothing.
package gate
