package docker

import (
	"context"
	"errors"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// RemoveOrphans removes the containers, then the networks and the images, that runs on this machine left behind: those with our
// labels whose owner is gone. What a living process or another machine owns stays, and so does an image in use. It goes
// on after a failure and returns all of them.
func RemoveOrphans(ctx context.Context) (removed int, err error) {
	failed := Orphans(ctx, func(l Leftover) error {
		gone, err := l.Remove(ctx)
		if gone {
			removed++
		}
		return err
	})
	return removed, failed
}

// A Leftover is a container, a network or an image whose owner is gone.
type Leftover struct {
	Kind   string // "container", "network" or "image"
	Name   string // of a network; the id of others
	Run    string // id of the run that made it
	remove func(context.Context) error
}

// Remove removes it; gone is false where somebody else was faster, or where an
// image is in use.
func (l Leftover) Remove(ctx context.Context) (gone bool, err error) {
	err = l.remove(ctx)
	switch {
	case err == nil:
		return true, nil
	case errdefs.IsNotFound(err) || l.Kind == "image" && errdefs.IsConflict(err):
		return false, nil
	}
	return false, fmt.Errorf("remove %s %s: %w", l.Kind, l.Name, err)
}

// Orphans finds what Sweep removes, in the order in which it can be removed:
// found is told of each before the next kind is looked for. It goes on after a
// failure and returns all of them, those of found included.
func Orphans(ctx context.Context, found func(Leftover) error) error {
	engine, err := Engine(ctx)
	if err != nil {
		return err
	}
	defer engine.Close()
	var failures []error
	for _, kind := range []func(context.Context, *testcontainers.DockerClient) ([]Leftover, error){
		abandonedContainers, abandonedNetworks, abandonedImages,
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

func abandonedContainers(ctx context.Context, engine *testcontainers.DockerClient) (out []Leftover, err error) {
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

func abandonedNetworks(ctx context.Context, engine *testcontainers.DockerClient) (out []Leftover, err error) {
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

func abandonedImages(ctx context.Context, engine *testcontainers.DockerClient) (out []Leftover, err error) {
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
