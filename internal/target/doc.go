// Package target starts or finds the service under test: the fake in this process or in a container, an image, a
// command, a recording, or a service that is already running. It knows how a service gets its port, key and storage,
// and when it is ready. It does not know how the service is judged. Stop extending it when a start would depend on a
// scenario.
package target
