// Package replay is a server that responds as a recorded service did, and performs its operations on the
// caller's storage in the recorded order. A caller may send other calls than the recorded run, in another
// order: each call gets its response from the node that its project has reached in the tree of all
// recorded projects. Ids, names, URIs and links are those of the caller. Pauses are left out, except those
// that exceeded a budget.
//
// A call that is not in the recording gets the status 501 and the code NotRecorded. Do not extend the
// package with rules about the behaviour of a service.
package replay
