package storageaccount

import (
	"errors"
	"fmt"
	"net/http"
)

// storageError is an error response with the status and the code of the REST reference (learn.microsoft.com, "Blob
// service error codes", "Queue service error codes").
type storageError struct {
	status        int
	code, message string
}

// Error implements error, in the form that package azurestorage uses for error responses.
func (e *storageError) Error() string {
	return fmt.Sprintf("storage returned %d %s", e.status, e.code)
}

// asStorageError returns err as an error response; any other error becomes an InternalError.
func asStorageError(err error) *storageError {
	if known, ok := errors.AsType[*storageError](err); ok {
		return known
	}
	return &storageError{http.StatusInternalServerError, "InternalError", err.Error()}
}

func errNoCredential() error {
	return &storageError{http.StatusUnauthorized, "NoAuthenticationInformation",
		"Server failed to authenticate the request."}
}

func errServerBusy() error {
	return &storageError{http.StatusServiceUnavailable, "ServerBusy",
		"The server is currently unable to receive requests. Please retry your request."}
}

func errUnknownOperation(operation string) error {
	return &storageError{http.StatusNotImplemented, "NotImplemented", "This fake does not implement " + operation + "."}
}

func errInvalidName() error {
	return &storageError{http.StatusBadRequest, "InvalidResourceName",
		"The specified resource name contains invalid characters."}
}

func errQueryParameter(name string) error {
	return &storageError{http.StatusBadRequest, "OutOfRangeQueryParameterValue",
		"The query parameter " + name + " is out of range."}
}

func errInvalidBody() error {
	return &storageError{http.StatusBadRequest, "InvalidXmlDocument", "The XML of the body is not valid."}
}

func errBlobType() error {
	return &storageError{http.StatusBadRequest, "InvalidHeaderValue", "x-ms-blob-type is not BlockBlob."}
}

func errContainerExists() error {
	return &storageError{http.StatusConflict, "ContainerAlreadyExists", "The specified container already exists."}
}

func errContainerBeingDeleted() error {
	return &storageError{http.StatusConflict, "ContainerBeingDeleted",
		"The specified container is being deleted. Try operation later."}
}

func errContainerNotFound() error {
	return &storageError{http.StatusNotFound, "ContainerNotFound", "The specified container does not exist."}
}

func errBlobNotFound() error {
	return &storageError{http.StatusNotFound, "BlobNotFound", "The specified blob does not exist."}
}

func errQueueBeingDeleted() error {
	return &storageError{http.StatusConflict, "QueueBeingDeleted", "The specified queue is being deleted."}
}

func errQueueNotFound() error {
	return &storageError{http.StatusNotFound, "QueueNotFound", "The specified queue does not exist."}
}

func errMessageNotFound() error {
	return &storageError{http.StatusNotFound, "MessageNotFound", "The specified message does not exist."}
}

func errPopReceipt() error {
	return &storageError{http.StatusBadRequest, "PopReceiptMismatch",
		"The specified pop receipt did not match the pop receipt for a dequeued message."}
}
