// Package target starts the service under test, or finds it: the fake in this
// process, the fake in a container, anyone's image or command, a recording, or a service
// that runs already. It knows how a service is told its port, key and storage,
// and when it is ready; it knows nothing of what the service is judged by.
package target
