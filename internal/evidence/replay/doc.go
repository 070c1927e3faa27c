// Package replay is a server that answers as a recorded service did, and does to
// the caller's storage what that one did, in the recorded order. A caller need not
// do what the recording run did, in its order: each call is answered from the node
// that its project has reached in the tree of all recorded projects. Ids, names,
// URIs and links in answers, messages and names of blobs are those of this caller.
// Pauses are left out, but for those that were longer than a budget allowed.
//
// It invents nothing: a call that the recording does not know is answered with 501
// and the code NotRecorded. Stop extending it where it would have to know what a
// service ought to do.
package replay
