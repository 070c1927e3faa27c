// Package steps judges a Custom Vision Training service by the
// storage-integration contract, from Go: [Run] returns a report, [Test] turns it
// into subtests.
//
//	func TestConformance(t *testing.T) {
//		steps.Test(t, steps.Config{Target: "exec:./my-service"})
//	}
//
// The zero [Config] judges the fake service of this module over a real Azurite:
// in a container where a Docker engine answers, else as a local process.
//
// # The real service
//
// Target names the resource's endpoint, Storage is "azure" with BlobAccount (or
// "external" with a connection string), and Yes approves what a run costs: see
// [Plan]. The README has the set-up in Azure from nothing.
//
// What is needed there: a training resource of its own kind (a multi-service
// resource does not integrate storage) with a system-assigned identity; a storage
// account; on that account the roles Storage Blob Data Contributor and Storage
// Queue Data Contributor, for the resource's identity, so that the service reaches
// the account, and for whoever runs this, who makes a queue and a container for
// every situation and removes them again. It may take half an hour until roles
// hold. An account that keeps deleted blobs for a day shows the temporary test
// blob afterwards; without that, what only the blob's short life could show is
// inconclusive. The key of the resource comes in TrainingKey.
//
// No gateway stands before a real account: storage is listed, and what falls
// between two looks is inconclusive (see Report.Run.Visibility). Budgets are those
// of a service elsewhere, minutes; the service gets one call in a second; Tier
// "F0" keeps two projects at a time. [Clean] removes what a killed run left, and
// Record keeps what the service answered, to be judged again as "replay:FOLDER".
//
// It also holds the step definitions of the features, by noun: projects,
// storage, trainings, exports, messages, backups, attempts.
package steps
