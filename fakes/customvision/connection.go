package customvision

import (
	"context"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
)

// DefaultTestFolder is the folder of the test blob in every English version of the guide. The Korean translation has
// Customvision-TestPermission.
const DefaultTestFolder = "CustomVision-TestPermission"

// checkConnection tests the queue and the container that a request names, unless they are "". The container is tested
// first, so that no message is sent for a request that is refused.
func (s *Server) checkConnection(ctx context.Context, project uuid.UUID, name, queue, container string) error {
	ctx = s.outboundContext(ctx, project, name)
	if container != "" {
		if err := azurestorage.CheckURI(container, "blob"); err != nil {
			return errInvalidURI("exportModelContainerUri is not the URI of a container: %v.", err)
		}
	}
	if queue != "" {
		if err := azurestorage.CheckURI(queue, "queue"); err != nil {
			return errInvalidURI("notificationQueueUri is not the URI of a queue: %v.", err)
		}
	}
	if container != "" {
		if err := s.checkContainer(ctx, container); err != nil {
			return errInvalidURI("The container cannot be used: %v.", err)
		}
	}
	if queue != "" {
		if err := s.sendMessage(ctx, queue, connectionTest(project)); err != nil {
			return errInvalidURI("The queue cannot be used: %v.", err)
		}
	}
	return nil
}

// checkContainer creates and deletes a test blob. The blob is deleted even if the caller cancels the request.
func (s *Server) checkContainer(ctx context.Context, container string) error {
	name := s.options.TestFolder + "/" + uuid.NewString()
	ctx, cancel := context.WithTimeout(ctx, storageTimeout)
	defer cancel()
	if err := s.options.Storage.PutBlob(ctx, container, name, []byte("connection test")); err != nil {
		return err
	}
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), storageTimeout)
	defer cancel()
	return s.options.Storage.DeleteBlob(ctx, container, name)
}
