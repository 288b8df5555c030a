package main

import "fmt"

// onlySim refuses the runtimes that this version does not have.
func onlySim(runtime string) error {
	if runtime != "sim" {
		return fmt.Errorf("--runtime %s: it is for gate; here there is sim only", runtime)
	}
	return nil
}
