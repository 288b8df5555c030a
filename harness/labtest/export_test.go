package labtest

// StartOn is Start on a runtime of the test's own.
var StartOn = start
