// Package cloud simulates the parts of Azure around the harness in one process, for tests on a virtual clock
// (testing/synctest): a [Network] in memory, and a Custom Vision [Service] with the speed, the rate limits and the
// quotas of the real one. The storage account is in package storageaccount.
//
// All rates, durations and refusals are as the test configures them, and exact. Stop extending the package where the
// harness would not behave differently.
package cloud
