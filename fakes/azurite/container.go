package azurite

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/cvconform/cvconform/internal/docker"
)

// The ports that Azurite serves on inside its container.
const (
	blobPort  = "10000/tcp"
	queuePort = "10001/tcp"
)

// startBudget bounds the start of a container whose image is there; the caller's context may be shorter.
const startBudget = 2 * time.Minute

func startContainer(ctx context.Context, o Options) (*Instance, error) {
	image := o.Image
	if image == "" {
		image = DefaultImage
	}
	err := docker.EnsureImage(ctx, image, o.Progress)
	if missing := new(docker.ImageError); errors.As(err, &missing) {
		return nil, imageHint(missing)
	}
	if err != nil {
		return nil, err
	}
	running, err := docker.Run(ctx, image, o.RunID, o.customize()...)
	if err != nil {
		return nil, fmt.Errorf("start an Azurite container of %s: %w", image, err)
	}
	instance, err := inspect(ctx, running)
	if err != nil {
		return nil, running.Kill(ctx, err)
	}
	return instance, nil
}

func (o Options) customize() []testcontainers.ContainerCustomizer {
	command := append([]string{"azurite"}, arguments("/tmp/azurite", "--blobHost", "0.0.0.0", "--queueHost", "0.0.0.0")...)
	options := []testcontainers.ContainerCustomizer{
		testcontainers.WithCmd(command...),
		testcontainers.WithExposedPorts(blobPort, queuePort),
		testcontainers.WithWaitStrategy(wait.ForLog(readyLine).WithStartupTimeout(startBudget)),
	}
	if o.Network != "" {
		options = append(options, network.WithNetworkName([]string{Alias}, o.Network))
	}
	return options
}

func inspect(ctx context.Context, running *docker.Container) (*Instance, error) {
	blob, err := running.Endpoint(ctx, blobPort)
	if err != nil {
		return nil, err
	}
	queue, err := running.Endpoint(ctx, queuePort)
	if err != nil {
		return nil, err
	}
	version, err := askVersion(ctx, http.DefaultClient, blob)
	if err != nil {
		return nil, err
	}
	return &Instance{Kind: Container, Version: version, BlobURL: blob, QueueURL: queue, backend: running}, nil
}
