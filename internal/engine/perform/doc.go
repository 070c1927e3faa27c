// Package perform performs the acts of a situation on the service under test and records their effects on a timeline.
// Its observations are the same, whichever scenario needs the situation:
//
//   - after a create or update: GetProject, the project list, the ConnectionTest message, and the test blob until it is
//     deleted;
//   - while a training or export runs: its status until it is final, and, for an export, the content behind modelUri as
//     soon as the message is stored;
//   - while an export runs and storage is polled: the container before the queue, often enough to show in which order
//     backup and message were stored;
//   - after an export: the backup, and the model behind downloadUri;
//   - at the end: the absence window, then every message in the queues and every blob in the containers.
//
// The package judges nothing. The names of everything that it creates contain the run's id. Stop extending it when an
// observation would depend on a scenario.
package perform
