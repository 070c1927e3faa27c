// Package observe defines how a run observes the storage operations of the service under test: an [Observer] records
// operations, and a [Subscription] collects them. There are two observers: package gateway is a proxy that all
// requests to storage pass; package poller lists storage repeatedly and infers operations.
//
// The package transfers no data and judges nothing. Stop extending it where it would need to know how storage is
// reached.
package observe
