// Package storageaccount contains an Azure Storage account in memory: its blob service and its queue service over HTTP,
// and the same account for a fake service, as a customvision.Storage. It has the traits of a cloud account that Azurite
// lacks: soft delete, versions, listings that lag behind, names that stay reserved after a deletion, latency, and
// requests that are refused because the server is busy. It reads the time from package time, so tests can use it with
// the virtual clock of testing/synctest.
//
// It differs from Azure:
//   - A request needs a credential, but the credential is not verified.
//   - A blob is written by one Put Blob request. There are no blocks, leases, conditions, snapshots made by the caller,
//     tiers, tags or metadata.
//   - A listing that lags behind shows the container at an earlier time, whereas Azure documents its listings as
//     consistent. This is the worst case for an observer.
//   - Blobs and versions that are retained cannot be restored, and a deleted container retains nothing.
//   - Queues are first in, first out, and messages cannot be updated.
//   - All durations and refusals are as configured, and exact.
//
// Use Azurite (package azurite) where these traits do not matter. Stop extending this package where no client of the
// account would behave differently.
package storageaccount
