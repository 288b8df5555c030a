// Package random draws routing policies from a small world, for tests: few prefixes, regular expressions and AS numbers, so that random policies meet
// the same routes again and again. The shape of a policy is its own; which matches and actions there are is for each test to say, since no
// router can do all of them.
//
// It draws no routes, and knows no language and no router.
package random
