// Package azurite starts Azurite, Microsoft's emulator of Azure Storage, for tests and for development: in a container
// on a Docker engine, or as a local Node.js process that npm installs once from the lock file in this package.
//
// [Start] returns a running [Instance]; [StartT] does the same for one test and stops the instance when the test ends.
// Every instance has its own ports and its own data, so instances do not affect each other. [Instance.Stop] deletes the
// data. If the calling process is killed instead, a local Azurite exits and deletes its data by itself, and the reaper
// of testcontainers-go removes a container.
//
// The package models how Azurite is started, reached and stopped. It does not access the storage: use the connection
// string with the Azure SDKs. Stop extending it where a flag of Azurite or a Docker Compose file is the better tool.
package azurite
