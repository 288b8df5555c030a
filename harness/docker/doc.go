// Package docker finds the container engine of this machine: where it listens, what it is, and whether labs can run on it. It speaks Docker's API,
// as Docker and Podman do.
//
// It makes no containers: closlab-clab does, with containerlab's library.
package docker
