package customvision

import "context"

// Storage reaches the queues and containers that projects name. A container or
// queue is given by its URI as the caller of the API gave it, a SAS included.
// Errors are shown to the caller and must not repeat a SAS.
type Storage interface {
	// PutBlob writes a whole blob, over one of that name if there is one.
	PutBlob(ctx context.Context, container, name string, data []byte) error
	// DeleteBlob deletes a blob.
	DeleteBlob(ctx context.Context, container, name string) error
	// SendMessage puts one message, the text as it is, into a queue.
	SendMessage(ctx context.Context, queue, text string) error
}
