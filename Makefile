# The two commands that matter are run and test; `make help` lists all.

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: help run test build vet staticcheck check generate generated bench azurite-image

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

run: ## Judge the built-in fake over a real Azurite (container, else local process)
	go run ./cmd/cvconform run

test: ## Run all tests with the race detector
	go test -race -timeout 20m ./...
	cd fakes/clients && go test -race -timeout 20m ./...

build: ## Build a static binary, bin/cvconform
	CGO_ENABLED=0 go build -trimpath -o bin/cvconform ./cmd/cvconform

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

bench: ## Time a default run once storage is up
	go test -run '^$$' -bench . -benchtime 3x ./steps

azurite-image: ## Build an Azurite image for a Docker engine that cannot pull one
	go run ./internal/azurite/image
