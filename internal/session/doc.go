// Package session sets up one run, judges it, and tears it down: its storage,
// the observer of that storage, the service under test, and the places where
// everything is recorded.
//
// [Settings] is a checked configuration without defaults to fill in. [Run] turns
// it into a report. The parts have constructors of their own ([OpenStorage],
// [StartObserver], [StartService]): each takes the parts that it needs and
// registers its teardown with a [Cleanups].
//
// The package checks no user input and decides nothing about the service: the
// use cases on top of it do (certify, verify, selftest, drift, preflight, plan).
// Stop extending it if only one use case needs the addition.
package session
