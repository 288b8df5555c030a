# closlab: make help lists the targets.
GO ?= go

.DEFAULT_GOAL := help
.PHONY: help build test prove stress demo demo-netns demo-clab bench fuzz

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Statically linked: what runs in containers brings no libraries.
export CGO_ENABLED = 0

build: bin/closlab bin/closlab-clab ## build the command into bin/, and containerlab's library for it

bin/closlab: $(shell find harness -name '*.go') go.mod go.sum
	$(GO) build -o $@ ./harness/cmd/closlab

bin/closlab-clab: $(wildcard harness/cmd/closlab-clab/*)
	$(GO) build -C harness/cmd/closlab-clab -o ../../../$@ .

bin/containerlab: scripts/containerlab harness/cmd/closlab-clab/go.mod
	scripts/containerlab $@

# Packages whose tests make network namespaces and load BPF programs.
LIVE = ./harness/kernel ./harness/docker ./harness/dialect/frr ./harness/dialect/proof ./harness/daemons ./harness/footprint ./harness/probe ./harness/multimog/dataplane ./harness/survey ./harness/runtime/netns
# The same in containers, by themselves: other tests watch that nothing on the machine changes.
BOXED = ./harness/runtime/clab ./harness/native
export PATH := $(CURDIR)/bin:$(PATH)
SUDO = $(if $(filter 0,$(shell id -u)),,-exec 'sudo env PATH=$(PATH)')

test: bin/closlab-clab bin/containerlab ## vet and test everything: Linux, root or sudo (installs git, frr, docker.io, podman, clang-14 and llvm-14 where they are missing)
	@scripts/need git vtysh:frr dockerd:docker.io docker:docker.io podman clang-14 llvm-strip-14:llvm-14
	@scripts/docker
	@unformatted=$$(gofmt -l harness scenarios); [ -z "$$unformatted" ] || { echo "not formatted: $$unformatted"; exit 1; }
	$(GO) vet ./... ./harness/native/testdata/standin
	$(GO) vet -C harness/cmd/closlab-clab .
	GOOS=darwin $(GO) build -o /dev/null ./harness/cmd/closlab
	$(GO) test $$($(GO) list ./... | grep -vxF "$$($(GO) list $(LIVE) $(BOXED))")
	$(GO) test $(SUDO) $(LIVE)
	$(GO) test $(SUDO) ./harness/runtime/clab
	$(GO) test $(SUDO) -parallel 8 ./harness/native -lab=clab
	for engine in gobgp frr gobgp,frr; do $(GO) test $(SUDO) -parallel 8 -run Contract ./harness/labtest -lab=netns -engine=$$engine || exit 1; done
	$(GO) test $(SUDO) ./scenarios/... -lab=netns
	$(GO) test $(SUDO) -parallel 8 -run Contract ./harness/labtest -lab=clab
	$(GO) test $(SUDO) ./scenarios/reordered-site-locals ./scenarios/foreign-lab -lab=clab
	$(GO) test $(SUDO) ./harness/cmd/closlab -run 'TestScripts|Stress' -scripts live -cycles 3 -kills 3 -gates 4

demo: bin/closlab ## the 2022-06-21 candidate refused and explained, the intended change accepted
	@scripts/demo

demo-netns: bin/closlab ## the same on live routers in network namespaces (Linux, root or sudo)
	@scripts/demo --runtime netns

demo-clab: build ## the same in Docker containers, through containerlab (Linux, root or sudo)
	@scripts/docker
	@scripts/demo --runtime clab

prove: ## a million pairs of a random policy and a route on live bgpd, and on live GoBGP; PAIRS, SEED (Linux, root or sudo)
	@scripts/need vtysh:frr
	$(GO) test $(SUDO) -v -timeout 5h -run TestTranslationsDoWhatApplySays ./harness/dialect/proof -pairs $(or $(PAIRS),1000000) -routes 1500 -seed $(or $(SEED),20220621)

stress: ## 200 labs up and down, 20 gates killed, 4 gates at once: nothing is left, all say the same (Linux, root or sudo; half an hour)
	$(GO) test $(SUDO) -v -timeout 5h -run Stress ./harness/cmd/closlab -cycles $(or $(CYCLES),200) -kills $(or $(KILLS),20) -gates $(or $(GATES),4)

bench: bin/closlab-clab bin/containerlab ## benchmarks with memory; COUNT=5 for medians
	$(GO) test -run '^$$' -bench . -benchmem -timeout 0 -count $(or $(COUNT),1) ./...

fuzz: ## each fuzz target for FUZZTIME (10s)
	@scripts/fuzz $(or $(FUZZTIME),10s)
