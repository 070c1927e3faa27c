package storage

import (
	"context"
	"errors"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// QueueStatus is what storage answers about a queue: 200, 404 where there is none,
// 403 where this account may not ask. The error says that it did not answer.
func (a *Account) QueueStatus(ctx context.Context, queue string) (int, error) {
	_, err := a.queues.NewQueueClient(queue).GetProperties(ctx, nil)
	return statusOf(err, "look at queue %q", queue)
}

// ContainerStatus is likewise what storage answers about a container.
func (a *Account) ContainerStatus(ctx context.Context, container string) (int, error) {
	_, err := a.blobs.NewContainerClient(container).GetProperties(ctx, nil)
	return statusOf(err, "look at container %q", container)
}

// statusOf is the status of an answer, whatever it was.
func statusOf(err error, format string, args ...any) (int, error) {
	var answer *azcore.ResponseError
	switch {
	case err == nil:
		return http.StatusOK, nil
	case errors.As(err, &answer):
		return answer.StatusCode, nil
	}
	return 0, wrapOp(err, format, args...)
}
