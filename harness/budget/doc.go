// Package budget says what a live lab takes of a machine, and whether the machine has it.
//
// The figures are those of processes that were measured on Linux 6.18 (README.md names the commands), while they come up, which takes more
// than being there. They are for saying no to what cannot be, before it starts: not for accounting.
package budget
