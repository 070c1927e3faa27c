package storage

import (
	"fmt"
	"net/url"
)

// WithEndpoints returns a connection string of the same account, including its key, with path-style endpoints on
// these roots (scheme, host, port). It is "" for an account that was opened by identity, which has no key.
func (a *Account) WithEndpoints(blob, queue *url.URL) string {
	if a.key == "" {
		return ""
	}
	return fmt.Sprintf("DefaultEndpointsProtocol=%s;AccountName=%s;AccountKey=%s;BlobEndpoint=%s;QueueEndpoint=%s;",
		blob.Scheme, a.name, a.key, blob.JoinPath(a.name), queue.JoinPath(a.name))
}

// QueueURI returns the queue's URI: path-style on the root base, or on the account's own endpoint if base is nil.
func (a *Account) QueueURI(base *url.URL, queue string) string {
	return a.endpointOn(base, a.queue).JoinPath(queue).String()
}

// ContainerURI returns the container's URI: path-style on the root base, or on the account's own endpoint if base is
// nil.
func (a *Account) ContainerURI(base *url.URL, container string) string {
	return a.endpointOn(base, a.blob).JoinPath(container).String()
}

// endpointOn returns the account's path-style endpoint on base, or own if base is nil.
func (a *Account) endpointOn(base, own *url.URL) *url.URL {
	if base == nil {
		return own
	}
	return base.JoinPath(a.name)
}
