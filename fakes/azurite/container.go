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

// blobPort and queuePort are the ports of the two services inside the container.
const (
	blobPort  = "10000/tcp"
	queuePort = "10001/tcp"
)

// startTimeout bounds the start of a container after its image is available. The caller's context may end earlier.
const startTimeout = 2 * time.Minute

func startContainer(ctx context.Context, o Options) (*Instance, error) {
	image := o.image()
	err := docker.EnsureImage(ctx, image, o.Progress)
	if missing := new(docker.ImageError); errors.As(err, &missing) {
		return nil, withImageHint(missing)
	}
	if err != nil {
		return nil, err
	}
	container, err := docker.Run(ctx, image, o.RunID, o.customizers()...)
	if err != nil {
		return nil, fmt.Errorf("start an Azurite container of image %s: %w", image, err)
	}
	instance, err := newContainerInstance(ctx, container)
	if err != nil {
		return nil, container.Kill(ctx, err)
	}
	return instance, nil
}

func (o Options) customizers() []testcontainers.ContainerCustomizer {
	command := append([]string{"azurite"}, arguments("/tmp/azurite", "--blobHost", "0.0.0.0", "--queueHost", "0.0.0.0")...)
	options := []testcontainers.ContainerCustomizer{
		testcontainers.WithCmd(command...),
		testcontainers.WithExposedPorts(blobPort, queuePort),
		testcontainers.WithWaitStrategy(wait.ForLog(readyLine).WithStartupTimeout(startTimeout)),
	}
	if o.Network != "" {
		options = append(options, network.WithNetworkName([]string{Alias}, o.Network))
	}
	return options
}

func newContainerInstance(ctx context.Context, container *docker.Container) (*Instance, error) {
	blob, err := container.Endpoint(ctx, blobPort)
	if err != nil {
		return nil, err
	}
	queue, err := container.Endpoint(ctx, queuePort)
	if err != nil {
		return nil, err
	}
	version, err := fetchVersion(ctx, http.DefaultClient, blob)
	if err != nil {
		return nil, err
	}
	return &Instance{Kind: Container, Version: version, BlobURL: blob, QueueURL: queue, backend: container}, nil
}
