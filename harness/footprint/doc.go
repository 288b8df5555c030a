// Package footprint is for tests that have to show what labs leave on the machine they ran on, and whether a lab is a closed world. It
// looks at the machine, at network namespaces and at processes, whoever made them, and says what is there; what may be there is for the
// test. It changes nothing, and a lab is no more to it than a name. It works as root on Linux only.
package footprint
