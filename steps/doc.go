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
// It also holds the step definitions of the features, by noun: projects,
// storage, trainings, exports, messages, backups, attempts.
package steps
