// Package clients has no code but its tests: official Azure SDKs, as they were
// published, walk the fake Custom Vision service that `cvconform serve` serves.
// It is a module of its own, so that nobody who uses cvconform has to carry
// those SDKs.
//
// It shows that programs written for the real service can be developed against
// the fake: each client goes from a new project to its downloaded model,
// understands what the service refuses, and finds the messages and the backup
// that the storage integration promises in a real queue and a real container.
// The clients are the Go SDK for v3.3 and for v3.4-preview, and the npm package
// @azure/cognitiveservices-customvision-training for v3.4-preview.
//
// It goes through the front door only: it builds the command, starts it, reads
// its env file, and ends it as Ctrl-C would. Nothing of cvconform is imported.
// The npm client needs Node.js and npm, and is skipped where they are not
// there, unless CVCONFORM_REQUIRE_NODE=1 says that they must be.
//
// Add a client when another official SDK can be run without a cloud, and an
// operation when a walk needs it. Stop before it judges the contract: that is
// what `cvconform run` does, by plain HTTP, because no SDK can express all of it.
package clients
