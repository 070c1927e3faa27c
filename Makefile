# Start with "make run" and "make test". "make help" lists all targets.

# Tools are run at a fixed version: nothing is installed. The first run compiles the tool, which takes some minutes.
GOLANGCI_LINT := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK := go run golang.org/x/vuln/cmd/govulncheck@v1.9.0

# The tag of the image is the git tag that is checked out, without its v, or "dev".
VERSION ?= $(or $(patsubst v%,%,$(shell git describe --tags --exact-match 2>/dev/null)),dev)
IMAGE ?= cvconform:$(VERSION)

# The tests of whole runs that "make test" repeats with the race detector, which makes them several times slower.
RACE_TESTS ?= TestFakeIsConformant|TestCertifyJudgesItsControls|TestIsolationChangesNoVerdict|TestCloudIsConformant|$\
  TestInterruptedRunDeletesEverything|TestReplayGivesTheSameVerdicts|TestServeInTheBackground|TestOutputOfAContainerIsEvidence

# The duration of each fuzz test of "make fuzz".
FUZZTIME ?= 10s

.PHONY: help run test test-short selftest cover fuzz bench load soak lint vet vuln check generate generated build image \
  azurite-image

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

run: ## Judge the built-in fake over a real Azurite (in a container, or else as a local process)
	go run ./cmd/cvconform run

test: ## Run all tests; the short ones and the whole runs of RACE_TESTS also with the race detector
	CGO_ENABLED=1 go test -race -short ./...
	CGO_ENABLED=1 go test -race -run '^($(RACE_TESTS))$$' ./steps
	go test -timeout 20m ./...
	cd fakes/clients && go test -timeout 20m ./...

test-short: ## Run the tests that need neither Node.js nor Docker (less than a minute)
	go test -short ./...

selftest: ## Prove that the suite catches every defect of the fake and that every Then step is needed
	go run ./cmd/cvconform selftest

cover: ## Measure the coverage of the short tests: coverage.out, and the total on the terminal
	go test -short -coverpkg=./... -coverprofile=coverage.out ./... >/dev/null
	go tool cover -func=coverage.out | tail -n 1

fuzz: ## Run each fuzz test for FUZZTIME (10s)
	@grep -rlE '^func Fuzz' --include='*_test.go' . | while read -r file; do \
	  for name in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/p' "$$file"); do \
	    echo "$$file $$name"; \
	    go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" </dev/null || exit 1; \
	  done; \
	done

bench: ## Measure the time of a default run without its storage, and of the fake with many projects
	go test -run '^$$' -bench . -benchtime 3x ./steps
	go test -run '^$$' -bench . -benchtime 100x ./fakes/customvision

load: ## Let 64 clients use one fake for a minute, with the race detector
	CVCONFORM_LOAD=1m go test -race -count=1 -run TestManyClientsAtOnce -v ./internal/target

soak: ## Certify 50 times in a row and compare all verdicts
	CVCONFORM_SOAK=50 go test -count=1 -timeout 2h -run TestCertificatesAgree -v ./steps

lint: ## Run golangci-lint (.golangci.yml) on both modules
	$(GOLANGCI_LINT) run ./...
	cd fakes/clients && $(GOLANGCI_LINT) run --config ../../.golangci.yml ./...

vet: ## Run go vet on both modules
	go vet ./...
	cd fakes/clients && go vet ./...

vuln: ## Look for known vulnerabilities (needs access to vuln.go.dev, so it is not a part of check)
	$(GOVULNCHECK) ./...

check: vet lint generated ## Run all checks except the tests: vet, lint, format, generated files, go.mod
	@test -z "$$(gofmt -l .)" || { echo "not formatted (run gofmt -w):"; gofmt -l .; exit 1; }
	go mod tidy -diff
	cd fakes/clients && go mod tidy -diff

generate: ## Write the generated files again
	go run ./cmd/cvconform list --markdown > features/README.md

generated: ## Fail if a generated file is not current
	@go run ./cmd/cvconform list --markdown | diff -u features/README.md - || \
	  { echo "features/README.md is not current: run make generate"; exit 1; }

build: ## Build a static binary, bin/cvconform
	CGO_ENABLED=0 go build -trimpath -o bin/cvconform ./cmd/cvconform

image: ## Build a container image of the fake, cvconform:VERSION or cvconform:dev
	rm -rf bin/image
	mkdir -p bin/image/root/tmp && chmod 1777 bin/image/root/tmp
	CGO_ENABLED=0 GOOS=linux GOARCH=$$(docker version --format '{{.Server.Arch}}') \
	  go build -trimpath -ldflags='-s -w' -o bin/image/root/cvconform ./cmd/cvconform
	docker build -f cmd/cvconform/image/Dockerfile -t $(IMAGE) \
	  --build-arg VERSION=$(VERSION) --build-arg REVISION=$$(git rev-parse HEAD 2>/dev/null) bin/image

azurite-image: ## Build an Azurite image for a Docker engine that cannot pull images
	go run ./fakes/azurite/image
