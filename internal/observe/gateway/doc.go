// Package gateway is the recording reverse proxy that stands between the
// service under test and its storage. All that the service does to its blobs
// and queues passes through here and becomes an [evidence.Operation], the
// blob that lives for a millisecond included. An operation is on record
// before the service has the answer, so whatever the service does next comes
// later on the record too.
//
// It models no storage: it names what it sees by the Azure Storage REST
// reference and forwards each request byte for byte, body streamed, Host kept
// (storage may read the account from it). Beside watching it can only refuse
// ([Gateway.Deny]) and hold back ([Gateway.Hold]); it never alters, repeats or
// invents a request. It speaks HTTP/1.1 without TLS towards the service.
//
// What it cannot see: requests that reach storage by another address, and the
// parts of a blob batch. Stop extending it where it would need to know what a
// project or a training is.
package gateway
