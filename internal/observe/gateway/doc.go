// Package gateway is a reverse proxy between the service under test and its storage. It records every request to
// blobs and queues as an [evidence.Operation], even for a blob that exists for one millisecond. An operation is
// recorded before the service receives the response, so that the service's next action is recorded later.
//
// It has no model of storage: it names requests by the Azure Storage REST reference and forwards them byte for byte,
// with the body streamed and the Host header unchanged (storage may read the account from it). It can refuse requests
// ([Gateway.Deny]) and delay them ([Gateway.Hold]); it never alters, repeats or invents one. Towards the service it
// speaks HTTP/1.1 without TLS.
//
// It does not observe requests that reach storage by another address, nor the parts of a blob batch. Stop extending
// it where it would need to know about projects or trainings.
package gateway
