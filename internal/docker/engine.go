package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
)

// ProbeTimeout is how long an engine may take to answer before [Probe] says that there is none.
const ProbeTimeout = 5 * time.Second

// ErrNoEngine is in the error of [Probe] when no Docker engine answers.
var ErrNoEngine = errors.New("no Docker engine answers")

// DisableLogging keeps the banners of testcontainers-go off the standard error. Its logger is one per process, so this is for
// main alone, before anything here is used.
func DisableLogging() { log.SetDefault(log.NewNoopLogger()) }

// Probe reports whether a Docker engine answers within [ProbeTimeout]. Without an engine testcontainers-go can panic or
// hang, and it remembers the first answer for good; so it is asked in a goroutine of its own that never sees the
// caller's cancellation.
func Probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, ProbeTimeout)
	defer cancel()
	answer := make(chan error, 1)
	go func() { answer <- ping(context.WithoutCancel(ctx)) }()
	select {
	case err := <-answer:
		if err != nil {
			return fmt.Errorf("%w: %w", ErrNoEngine, err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrNoEngine, ctx.Err())
	}
}

func ping(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("find the engine: %v", r)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, ProbeTimeout)
	defer cancel()
	if err := validateDockerHost(ctx); err != nil {
		return err
	}
	engine, err := Engine(ctx)
	if err != nil {
		return err
	}
	defer engine.Close()
	_, err = engine.Ping(ctx, client.PingOptions{})
	return err
}

// validateDockerHost asks the engine that the user names in DOCKER_HOST. Where it does not
// answer, testcontainers-go would quietly take another one.
func validateDockerHost(ctx context.Context) error {
	if os.Getenv(client.EnvOverrideHost) == "" {
		return nil
	}
	engine, err := client.New(client.FromEnv)
	if err != nil {
		return err
	}
	defer engine.Close()
	_, err = engine.Ping(ctx, client.PingOptions{})
	return err
}

// Engine is a client of the engine that testcontainers-go uses. Close it after use; [Probe] first.
func Engine(ctx context.Context) (*testcontainers.DockerClient, error) {
	engine, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to the Docker engine: %w", err)
	}
	return engine, nil
}

// Architecture names the platform of the engine's containers in Go's words, for example linux and arm64.
func Architecture(ctx context.Context) (goos, goarch string, err error) {
	engine, err := Engine(ctx)
	if err != nil {
		return "", "", err
	}
	defer engine.Close()
	version, err := engine.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return "", "", fmt.Errorf("ask the Docker engine for its architecture: %w", err)
	}
	return version.Os, version.Arch, nil
}
