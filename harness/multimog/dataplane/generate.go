//go:build linux

package dataplane

//go:generate go run github.com/cilium/ebpf/cmd/bpf2go -target bpfel -cc clang-14 -strip llvm-strip-14 -output-suffix _linux -type target -type bucket -type address -type allowance program balance.c -- -O2 -g -Wall -Werror
