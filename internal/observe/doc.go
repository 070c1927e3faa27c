// Package observe is how a run sees what the service under test does to its
// storage: the operations, each on record before anything that follows from it,
// and the watches that collect them. Who records them is another matter: the
// gateway, which all operations pass, or the listing, which looks at what they
// leave.
//
// It moves no bytes and judges nothing. Stop extending it where it would need to
// know how storage is reached.
package observe
