// Package labtest is the lab for go test: a scenario starts a fabric of topologies/, applies its candidate folder, and
// says what it expects after each step. A failure names the step, the check and the reason. It adds no test framework:
// everything takes a testing.TB.
//
// The -lab flag of a test names the runtime: sim unless it says netns (Linux, root). Stories and expectations are the same; a lab of
// live routers must besides settle where the simulation predicts. The -engine flag names what live routers run.
//
// TestRuntime is the contract of all runtimes; contract/README.md says how its cases read.
package labtest
