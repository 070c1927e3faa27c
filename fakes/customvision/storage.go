package customvision

import "context"

// Storage accesses the queues and containers of projects. They are given by the URI that the caller of the API set,
// including its SAS. Errors are shown to callers and must not contain a SAS.
type Storage interface {
	// PutBlob creates a blob, or replaces one of the same name.
	PutBlob(ctx context.Context, container, name string, data []byte) error
	// DeleteBlob deletes a blob.
	DeleteBlob(ctx context.Context, container, name string) error
	// SendMessage puts a message into a queue.
	SendMessage(ctx context.Context, queue, text string) error
}
