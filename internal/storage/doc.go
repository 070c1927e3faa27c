// Package storage is the harness's own client of a storage account: it creates and deletes queues and containers, and
// reads messages and blobs. It uses the account's key or an identity of its own and bypasses the gateway, so its
// operations are not recorded as the service's.
//
// It does not know the contract and judges nothing. Stop extending it when an operation would need to know the
// meaning of a message.
package storage
