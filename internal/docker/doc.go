// Package docker contains the Docker operations that several packages of this module share: detecting an engine,
// labelling containers, networks and images with their owner, running a container, removing the leftovers of
// interrupted runs, and creating the private network of a run. It finds the engine in the same way as
// testcontainers-go, so that both always use the same one.
//
// The package knows no image and no port; the packages that start a container do. Stop extending it when an operation
// has a single caller.
package docker
