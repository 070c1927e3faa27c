// Package serve runs the fake service as a server of its own: it opens the listeners,
// starts storage or connects to it, loads the seed, prints how to reach all of it, and
// shuts it down in order.
//
// The behaviour of the fake is in fakes/customvision. Flags and exit codes are in
// internal/cli: errors name fields of [Options]. A new kind of listener or storage
// belongs here, a new resource of the API does not.
package serve
