package storage

import (
	"context"
	"errors"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// QueueStatus returns the status of a request for a queue's properties: 200, 404 if it does not exist, 403 if access is
// denied. The error says that there was no response.
func (a *Account) QueueStatus(ctx context.Context, queue string) (int, error) {
	_, err := a.queues.NewQueueClient(queue).GetProperties(ctx, nil)
	return statusOf(err, "read the properties of queue %q", queue)
}

// ContainerStatus returns the status of a request for a container's properties, like [Account.QueueStatus].
func (a *Account) ContainerStatus(ctx context.Context, container string) (int, error) {
	_, err := a.blobs.NewContainerClient(container).GetProperties(ctx, nil)
	return statusOf(err, "read the properties of container %q", container)
}

// statusOf returns the status of the response to an operation with that error.
func statusOf(err error, format string, args ...any) (int, error) {
	var response *azcore.ResponseError
	switch {
	case err == nil:
		return http.StatusOK, nil
	case errors.As(err, &response):
		return response.StatusCode, nil
	}
	return 0, wrapOp(err, format, args...)
}
