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

// ProbeTimeout is how long [Probe] waits for the response of an engine.
const ProbeTimeout = 5 * time.Second

// ErrNoEngine is part of the error of [Probe] if no Docker engine responds.
var ErrNoEngine = errors.New("no Docker engine responds")

// DisableLogging disables the log of testcontainers-go, which it writes to standard error. The process has one
// logger, so only main calls this, before it uses anything else of this package.
func DisableLogging() { log.SetDefault(log.NewNoopLogger()) }

// Probe returns an error if no Docker engine responds within [ProbeTimeout]. Without an engine testcontainers-go can
// panic or hang, and it caches its first result. Therefore the probe runs in a goroutine of its own that the caller
// cannot cancel.
func Probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, ProbeTimeout)
	defer cancel()
	result := make(chan error, 1)
	go func() { result <- ping(context.WithoutCancel(ctx)) }()
	select {
	case err := <-result:
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

// validateDockerHost returns an error if the engine in DOCKER_HOST does not respond. testcontainers-go would silently
// use another one.
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

// Engine returns a client of the engine that testcontainers-go uses. The caller calls [Probe] before and closes the
// client after use.
func Engine(ctx context.Context) (*testcontainers.DockerClient, error) {
	engine, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to the Docker engine: %w", err)
	}
	return engine, nil
}

// Architecture returns the platform of the engine's containers as GOOS and GOARCH, for example linux and arm64.
func Architecture(ctx context.Context) (goos, goarch string, err error) {
	engine, err := Engine(ctx)
	if err != nil {
		return "", "", err
	}
	defer engine.Close()
	version, err := engine.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return "", "", fmt.Errorf("read the architecture of the Docker engine: %w", err)
	}
	return version.Os, version.Arch, nil
}
