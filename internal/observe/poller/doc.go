// Package poller observes the storage operations of the service under test where no gateway can stand between the
// two. It reads the queues and containers of the run repeatedly, and infers from each change which operation made it,
// and between which two times.
//
// These rules hold:
//
//   - A new message was stored after the beginning of the last poll that did not show it, and before the response to
//     the poll that showed it. A queue shows its first 32 visible messages; nothing is inferred from the others.
//   - A new blob was stored before the response to the poll that showed it. A listing may be stale, so that a poll that
//     did not show it proves less. The checks take that into account.
//   - A blob was deleted if it is missing from a listing and a request for its name returns 404, or if it is among the
//     deleted blobs or the versions that the account retains. Such a blob was also stored, even if no poll showed it.
//   - A failed poll proves nothing: the interval of the next one begins with the last one that did not fail.
//
// Whether the account retains deleted blobs, versions and overwritten contents is tested by [DetectRetention],
// because the properties of the account are not reliable: Azurite reports retention that it does not have.
//
// The poller does not observe requests that change nothing, nor which request made a change, nor a change that is
// undone before the next poll unless the account retains it. Stop extending it where it would need to know about
// the content of messages or backups.
package poller
