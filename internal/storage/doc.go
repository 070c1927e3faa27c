// Package storage is the harness's own eyes and hands in a storage account: it
// makes and removes queues and containers, and reads messages and blobs. It
// goes around the gateway, with the account's own key or by an identity of its
// own, so that nothing it does is on the service's record.
//
// It knows nothing of the contract, and it judges nothing. Stop extending it
// where it would need to know what a message means.
package storage
