// Package perform does to the service under test what a situation says, and
// records what happens on a timeline. What it observes never depends on which
// scenario asked:
//
//   - after a create or update: GetProject, the project list, the
//     ConnectionTest message, the test blob until it is gone;
//   - while a training or export runs: its status; from the moment its message
//     is stored, the status until it is over, and for an export what is behind
//     modelUri;
//   - while an export runs, where no gateway stands: the container and then the queue,
//     so often that which of backup and message came first is seen as a rule;
//   - after an export: the backup, and the model behind downloadUri;
//   - at the end: the absence window, every message in the queues, every blob in
//     the containers.
//
// It judges nothing. Whatever it makes carries the run's id in its name and is
// removed again.
package perform
