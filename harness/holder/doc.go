// Package holder is the process that holds a lab: a command that is to leave a lab behind starts itself again in a session of its
// own, which does the work, hands its exit code over and goes on holding the lab until it is told to end.
//
// Until the result is there the two are one to the user: output goes where it always went, an interrupt ends both, and so does the
// end of the one in the foreground. What a held lab is asked to do comes over a socket in the lab's folder, which is root's alone:
// Ask is for those who want something, Lab answers, one request at a time.
//
// It does not judge what it sees beyond calling package check, and formats nothing.
package holder
