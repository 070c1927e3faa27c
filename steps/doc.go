// Package steps judges a Custom Vision Training service by the
// storage-integration contract: [Run] returns a report, and [Test] turns it into
// subtests.
//
//	func TestConformance(t *testing.T) {
//		steps.Test(t, steps.Config{Target: "exec:./my-service"})
//	}
//
// A service that is an http.Handler is judged in the process of the test:
//
//	steps.Test(t, steps.Config{Start: steps.Handler(func(e steps.Environment) http.Handler {
//		return myservice.New(e.TrainingKey, e.ConnectionString)
//	})})
//
// The zero [Config] judges the fake service of this module over a real Azurite: a
// container if a Docker engine responds, else a local process.
//
// # The real service
//
// Set Target to the endpoint of the resource, TrainingKey to its key, Storage to
// "azure" with BlobAccount (or to "external" with a connection string), and Yes to
// approve the cost of a run: see [Plan].
//
// The resource must be a training resource of its own kind (a multi-service
// resource does not integrate storage) with a system-assigned identity. Both that
// identity and the identity that runs the tests need the roles Storage Blob Data
// Contributor and Storage Queue Data Contributor on the storage account: the
// service writes to it, and the run creates and deletes a queue and a container
// for every situation. Roles may take half an hour to become effective.
//
// A real account allows no gateway, so storage is polled. Operations between two
// polls are not observed, and checks that depend on them are inconclusive (see
// Report.Run.Visibility). If the account keeps deleted blobs for a day, the
// temporary test blob can be observed after its deletion. The time limits are
// minutes, the service gets one call per second, and Tier "F0" keeps two projects
// at a time. [Clean] deletes leftovers of a killed run. Record keeps the responses
// of the service, which can be judged again with the target "replay:FOLDER".
//
// The package also holds the step definitions of the features, by noun.
package steps
