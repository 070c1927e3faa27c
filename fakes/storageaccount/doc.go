// Package storageaccount stands in for Azure in one process, for tests on a virtual
// clock (testing/synctest): a [Network] in memory, a storage [Account] on it
// that can do what Azurite cannot (soft delete, versions, lists that lag behind,
// names that stay taken, slowness, refusals), and a Custom Vision [Service] with
// the limits of the real one. Only tests import it.
//
// Where it differs from Azure:
//   - a call has to carry some credential, but whose it is and whether its
//     signature is right is not looked at;
//   - a blob is written whole, by one Put Blob: no blocks, leases, conditions,
//     snapshots of the caller's, tiers, tags or metadata;
//   - a list that lags shows the container as it was that long ago, while Azure
//     says that its lists are consistent; this is the worst that an observer
//     could meet;
//   - what soft delete or versioning keeps cannot be brought back, and a deleted
//     container keeps nothing;
//   - queues are first in, first out, and messages cannot be updated;
//   - all rates, durations and refusals are as the test says, and exact.
//
// Stop extending it where nothing that the harness does would come out otherwise.
package storageaccount
