// Package serve is the life of the fake as a server of its own: it listens,
// starts storage or takes what there is, puts the seed in, says how all of it is
// reached, and ends it in order. What the fake does is none of its business; nor
// are flags and exit codes, but for the kinds of its errors.
package serve
