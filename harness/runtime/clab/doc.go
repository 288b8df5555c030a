// Package clab is a fabric alive in Docker containers that containerlab deploys: the ground of a runtime/netns lab on which each node is a
// container. All else of such a lab is runtime/netns: how it settles, what is observed of it, how it ends.
//
// The first process of every container is this binary, statically linked and bound into it, under a folder in which it finds a socket (package
// speaker): the router, of GoBGP or of the FRR that the image has, or, of servers and hosts, nothing more. It ends with the process of the lab. So
// containers of a killed lab have exited, and Clean removes them.
//
// A vendor's router (fabric.Native) is a container of containerlab's kind with the first process of its image; this binary is started beside
// that one. It is privileged, as containerlab has it, where this machine has all privileges to give.
//
// Containers are made by closlab-clab, a program of its own with containerlab's library in it, from a topology file in the lab's folder. They have
// no network of Docker's; links are made in place between their network namespaces. containerlab's own command finds the lab and
// can inspect, exec, graph and destroy it. Nothing is pulled from a registry: images are on the machine, and the default ones are made of the
// machine's own programs where they are missing.
package clab
