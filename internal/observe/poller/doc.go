// Package poller sees what the service under test does to its storage where no
// gateway can stand between the two: it looks, again and again, at the queues and
// containers of the run, and infers from what shows there which operations there
// were, and between which instants.
//
// What can be relied on:
//
//   - A message that shows was put after the last look that did not show it was
//     begun, and before the look that showed it was answered. A queue shows its
//     first 32 visible messages and no more: of those behind nothing is inferred.
//   - A blob that shows was put before the look that showed it was answered.
//     Listings may lag, so that a look which does not show it proves less: how
//     much less is for those who judge.
//   - A blob counts as deleted when it no longer shows and storage, asked for it by
//     its name, does not have it; or when it shows among the deleted blobs or the
//     versions that the account keeps. What shows there was also put, even if no
//     look ever saw it alive.
//   - A look that fails proves nothing: what the next one shows may be as old as
//     the last that did not fail.
//
// Whether the account keeps deleted blobs, versions and what was overwritten is
// tried out ([Prove]), never believed: Azurite claims it and does not.
//
// What it cannot see: requests that left nothing, who made them and how, and what
// came and went between two looks unless the account keeps it. Stop extending it
// where it would need to know what a message or a backup is.
package poller
