package storage

import (
	"fmt"
	"net/url"
)

// WithEndpoints is a connection string of the same account, key included,
// whose services are at these roots (scheme, host, port), path-style. It is "" for
// an account that was opened by identity, which has no key to give away.
func (a *Account) WithEndpoints(blob, queue *url.URL) string {
	if a.key == "" {
		return ""
	}
	return fmt.Sprintf("DefaultEndpointsProtocol=%s;AccountName=%s;AccountKey=%s;BlobEndpoint=%s;QueueEndpoint=%s;",
		blob.Scheme, a.name, a.key, blob.JoinPath(a.name), queue.JoinPath(a.name))
}

// QueueURI is the queue's URI, path-style on the root base, or, if base is nil,
// on the account's own endpoint.
func (a *Account) QueueURI(base *url.URL, queue string) string {
	return a.endpointOn(base, a.queue).JoinPath(queue).String()
}

// ContainerURI is the container's URI, path-style on the root base, or, if base
// is nil, on the account's own endpoint.
func (a *Account) ContainerURI(base *url.URL, container string) string {
	return a.endpointOn(base, a.blob).JoinPath(container).String()
}

// endpointOn is the account on the root base, or else its own endpoint.
func (a *Account) endpointOn(base, own *url.URL) *url.URL {
	if base == nil {
		return own
	}
	return base.JoinPath(a.name)
}
