package docker

import (
	"context"
	"errors"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// A Leftover is a container, a network or an image whose owner has ended.
type Leftover struct {
	Kind   string // "container", "network" or "image"
	Name   string // of a network; the id of a container or an image
	Run    string // id of the run that created it
	remove func(context.Context) error
}

// Remove removes the leftover. removed is false if it did not exist any more, or if it is an image in use.
func (l Leftover) Remove(ctx context.Context) (removed bool, err error) {
	err = l.remove(ctx)
	switch {
	case err == nil:
		return true, nil
	case errdefs.IsNotFound(err) || l.Kind == "image" && errdefs.IsConflict(err):
		return false, nil
	}
	return false, fmt.Errorf("remove %s %s: %w", l.Kind, l.Name, err)
}

// Orphans calls found for the containers, networks and images that runs on this machine left behind: those with our
// labels whose owner has ended. It skips those that belong to a running process or to another machine.
//
// Containers come first, then networks, then images, because each kind may depend on the one before. Orphans lists a
// kind only after the calls for the one before. It continues after a failure and returns all errors, including those
// of found.
func Orphans(ctx context.Context, found func(Leftover) error) error {
	engine, err := Engine(ctx)
	if err != nil {
		return err
	}
	defer engine.Close()
	var failures []error
	for _, kind := range []func(context.Context, *testcontainers.DockerClient) ([]Leftover, error){
		orphanedContainers, orphanedNetworks, orphanedImages,
	} {
		list, err := kind(ctx, engine)
		failures = append(failures, err)
		for _, l := range list {
			failures = append(failures, found(l))
		}
	}
	return errors.Join(failures...)
}

func ownedFilter() client.Filters { return make(client.Filters).Add("label", LabelOwnerPID) }

func orphanedContainers(ctx context.Context, engine *testcontainers.DockerClient) (out []Leftover, err error) {
	list, err := engine.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: ownedFilter()})
	if err != nil {
		return nil, fmt.Errorf("list containers: %w", err)
	}
	for _, c := range list.Items {
		if isOrphan(c.Labels) {
			out = append(out, Leftover{"container", c.ID, c.Labels[LabelRun], func(ctx context.Context) error {
				_, err := engine.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
				return err
			}})
		}
	}
	return out, nil
}

func orphanedNetworks(ctx context.Context, engine *testcontainers.DockerClient) (out []Leftover, err error) {
	list, err := engine.NetworkList(ctx, client.NetworkListOptions{Filters: ownedFilter()})
	if err != nil {
		return nil, fmt.Errorf("list networks: %w", err)
	}
	for _, n := range list.Items {
		if isOrphan(n.Labels) {
			out = append(out, Leftover{"network", n.Name, n.Labels[LabelRun], func(ctx context.Context) error {
				_, err := engine.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{})
				return err
			}})
		}
	}
	return out, nil
}

func orphanedImages(ctx context.Context, engine *testcontainers.DockerClient) (out []Leftover, err error) {
	list, err := engine.ImageList(ctx, client.ImageListOptions{Filters: ownedFilter()})
	if err != nil {
		return nil, fmt.Errorf("list images: %w", err)
	}
	for _, image := range list.Items {
		if isOrphan(image.Labels) {
			out = append(out, Leftover{"image", image.ID, image.Labels[LabelRun], func(ctx context.Context) error {
				_, err := engine.ImageRemove(ctx, image.ID, client.ImageRemoveOptions{PruneChildren: true})
				return err
			}})
		}
	}
	return out, nil
}
