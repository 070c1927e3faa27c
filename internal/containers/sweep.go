package containers

import (
	"context"
	"errors"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// Sweep removes the containers, then the networks and the images, that runs on this machine left behind: those with our
// labels whose owner is gone. What a living process or another machine owns stays, and so does an image in use. It goes
// on after a failure and returns all of them.
func Sweep(ctx context.Context) (removed int, err error) {
	engine, err := Engine(ctx)
	if err != nil {
		return 0, err
	}
	defer engine.Close()
	var failures []error
	for _, kind := range []func(context.Context, *testcontainers.DockerClient) (int, error){
		sweepContainers, sweepNetworks, sweepImages,
	} {
		n, err := kind(ctx, engine)
		removed += n
		failures = append(failures, err)
	}
	return removed, errors.Join(failures...)
}

func owned() client.Filters { return make(client.Filters).Add("label", LabelOwnerPID) }

func sweepContainers(ctx context.Context, engine *testcontainers.DockerClient) (int, error) {
	list, err := engine.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: owned()})
	if err != nil {
		return 0, fmt.Errorf("list containers: %w", err)
	}
	var t tally
	for _, c := range list.Items {
		if !abandoned(c.Labels) {
			continue
		}
		_, err := engine.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		t.add("container", c.ID, err)
	}
	return t.removed, errors.Join(t.failures...)
}

func sweepNetworks(ctx context.Context, engine *testcontainers.DockerClient) (int, error) {
	list, err := engine.NetworkList(ctx, client.NetworkListOptions{Filters: owned()})
	if err != nil {
		return 0, fmt.Errorf("list networks: %w", err)
	}
	var t tally
	for _, n := range list.Items {
		if !abandoned(n.Labels) {
			continue
		}
		_, err := engine.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{})
		t.add("network", n.Name, err)
	}
	return t.removed, errors.Join(t.failures...)
}

func sweepImages(ctx context.Context, engine *testcontainers.DockerClient) (int, error) {
	list, err := engine.ImageList(ctx, client.ImageListOptions{Filters: owned()})
	if err != nil {
		return 0, fmt.Errorf("list images: %w", err)
	}
	var t tally
	for _, image := range list.Items {
		if !abandoned(image.Labels) {
			continue
		}
		_, err := engine.ImageRemove(ctx, image.ID, client.ImageRemoveOptions{PruneChildren: true})
		if errdefs.IsConflict(err) {
			continue
		}
		t.add("image", image.ID, err)
	}
	return t.removed, errors.Join(t.failures...)
}

// tally counts removals. Another sweep may have been faster: what is gone is no failure.
type tally struct {
	removed  int
	failures []error
}

func (t *tally) add(kind, name string, err error) {
	switch {
	case err == nil:
		t.removed++
	case errdefs.IsNotFound(err):
	default:
		t.failures = append(t.failures, fmt.Errorf("remove %s %s: %w", kind, name, err))
	}
}
