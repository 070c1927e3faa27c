# The two commands that matter are run and test; `make help` lists all.

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

# The image is named after the tag that is checked out, if there is one.
VERSION ?= $(or $(patsubst v%,%,$(shell git describe --tags --exact-match 2>/dev/null)),dev)
IMAGE ?= cvconform:$(VERSION)

.PHONY: help run test selftest build image vet staticcheck check generate generated bench load soak azurite-image

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

run: ## Judge the built-in fake over a real Azurite (container, else local process)
	go run ./cmd/cvconform run

test: ## Run all tests with the race detector, and the many of one kind without it
	go test -race -timeout 20m ./...
	go test -timeout 20m -run 'Cloud|Interrupted|Defect' ./steps
	cd fakes/clients && go test -race -timeout 20m ./...

selftest: ## Prove that every defect of the fake is caught, and every Then step needed
	go run ./cmd/cvconform selftest

build: ## Build a static binary, bin/cvconform
	CGO_ENABLED=0 go build -trimpath -o bin/cvconform ./cmd/cvconform

image: ## Build a container image of the fake, cvconform:VERSION or cvconform:dev
	rm -rf bin/image
	mkdir -p bin/image/root/tmp && chmod 1777 bin/image/root/tmp
	CGO_ENABLED=0 GOOS=linux GOARCH=$$(docker version --format '{{.Server.Arch}}') \
	  go build -trimpath -ldflags='-s -w' -o bin/image/root/cvconform ./cmd/cvconform
	docker build -f cmd/cvconform/image/Dockerfile -t $(IMAGE) \
	  --build-arg VERSION=$(VERSION) --build-arg REVISION=$$(git rev-parse HEAD 2>/dev/null) bin/image

vet: ## Look for what go vet finds
	go vet ./...
	cd fakes/clients && go vet ./...

staticcheck: ## Look for what staticcheck finds
	go run $(STATICCHECK) ./...
	cd fakes/clients && go run $(STATICCHECK) ./...

check: vet staticcheck generated ## Everything but the tests
	@test -z "$$(gofmt -l .)" || { echo "not gofmt-ed:"; gofmt -l .; exit 1; }
	go mod tidy -diff
	cd fakes/clients && go mod tidy -diff

generate: ## Make the generated files again
	go run ./cmd/cvconform list --markdown > features/README.md

generated: ## Fail where a generated file is not current
	@go run ./cmd/cvconform list --markdown | diff -u features/README.md - || { echo "features/README.md is not current: make generate"; exit 1; }

bench: ## Time a default run once storage is up, and the fake with many projects
	go test -run '^$$' -bench . -benchtime 3x ./steps
	go test -run '^$$' -bench . -benchtime 100x ./fakes/customvision

load: ## Sixty-four clients use one fake for a minute, under the race detector
	CVCONFORM_LOAD=1m go test -race -count=1 -run TestManyClientsAtOnce -v ./internal/target

soak: ## Certify fifty times in a row: not one verdict may differ
	CVCONFORM_SOAK=50 go test -count=1 -timeout 2h -run TestCertificatesAgree -v ./steps

azurite-image: ## Build an Azurite image for a Docker engine that cannot pull one
	go run ./fakes/azurite/image
