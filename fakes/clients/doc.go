// Package clients contains only tests: official Azure SDKs, as published, use the fake Custom Vision service that
// `cvconform serve` runs. It is a module of its own, so that users of cvconform do not depend on those SDKs.
//
// The tests show that programs for the real service can be developed against the fake. Each client runs a workflow
// from a new project to its downloaded model, and decodes error responses. The tests then find the messages and the
// backup of the storage integration in a real queue and a real container. The clients are the Go SDKs for v3.3 and
// for v3.4-preview, and the npm package @azure/cognitiveservices-customvision-training for v3.4-preview.
//
// The tests use cvconform as its users do: they build the command, start it, read its env file and stop it by an
// interrupt. They import no package of cvconform. The npm client needs Node.js and npm. Without them its tests are
// skipped, unless the environment contains CVCONFORM_REQUIRE_NODE=1.
//
// Add a client if another official SDK can be used without the cloud, and an operation if a workflow needs it. Stop
// extending the package where it would judge the contract. That is the task of `cvconform run`, which uses plain HTTP,
// because no SDK supports the whole contract.
package clients
