// Package docker holds what every user of Docker in this module shares: whether an engine answers, the labels that
// say who owns a container, a network or an image, a container's life under those labels, a sweep of what interrupted
// runs left behind, and the private network of a run. It finds the engine exactly as testcontainers-go does, so both
// always talk to the same one.
//
// It knows of no image and no port; the packages that own a container do. Stop extending it when a need is that of a
// single caller.
package docker
