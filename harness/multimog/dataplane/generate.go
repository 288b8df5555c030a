//go:build linux

package dataplane

//go:generate go run github.com/cilium/ebpf/cmd/bpf2go -target bpfel -cc clang -strip llvm-strip -output-suffix _linux -type target -type bucket -type address program balance.c -- -O2 -g -Wall -Werror
