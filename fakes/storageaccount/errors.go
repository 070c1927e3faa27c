package storageaccount

import (
	"errors"
	"fmt"
	"net/http"
)

// A storageError is what storage answers instead of a result: the status and the
// code of the REST reference (learn.microsoft.com, "Blob service error codes",
// "Queue service error codes").
type storageError struct {
	status        int
	code, message string
}

// Error says it as the harness's own clients do.
func (e *storageError) Error() string {
	return fmt.Sprintf("storage answered %d %s", e.status, e.code)
}

// problem turns any error into one that can be answered.
func problem(err error) *storageError {
	if known, ok := errors.AsType[*storageError](err); ok {
		return known
	}
	return &storageError{http.StatusInternalServerError, "InternalError", err.Error()}
}

func errNoCredential() error {
	return &storageError{
		http.StatusUnauthorized,
		"NoAuthenticationInformation",
		"Server failed to authenticate the request.",
	}
}

func errBusy() error {
	return &storageError{
		http.StatusServiceUnavailable,
		"ServerBusy",
		"The server is currently unable to receive requests. Please retry your request.",
	}
}

func errUnknownOperation(what string) error {
	return &storageError{http.StatusNotImplemented, "NotImplemented", "This stand-in has no operation for " + what + "."}
}

func errName() error {
	return &storageError{
		http.StatusBadRequest,
		"InvalidResourceName",
		"The specified resource name contains invalid characters.",
	}
}

func errQuery(name string) error {
	return &storageError{
		http.StatusBadRequest,
		"OutOfRangeQueryParameterValue",
		"The query parameter " + name + " is out of range.",
	}
}

func errBody() error {
	return &storageError{http.StatusBadRequest, "InvalidXmlDocument", "The XML of the body is not valid."}
}

func errBlobType() error {
	return &storageError{http.StatusBadRequest, "InvalidHeaderValue", "x-ms-blob-type is not BlockBlob."}
}

func errContainerThere() error {
	return &storageError{http.StatusConflict, "ContainerAlreadyExists", "The specified container already exists."}
}

func errContainerGoing() error {
	return &storageError{
		http.StatusConflict,
		"ContainerBeingDeleted",
		"The specified container is being deleted. Try operation later.",
	}
}

func errNoContainer() error {
	return &storageError{http.StatusNotFound, "ContainerNotFound", "The specified container does not exist."}
}

func errNoBlob() error {
	return &storageError{http.StatusNotFound, "BlobNotFound", "The specified blob does not exist."}
}

func errQueueGoing() error {
	return &storageError{http.StatusConflict, "QueueBeingDeleted", "The specified queue is being deleted."}
}

func errNoQueue() error {
	return &storageError{http.StatusNotFound, "QueueNotFound", "The specified queue does not exist."}
}

func errNoMessage() error {
	return &storageError{http.StatusNotFound, "MessageNotFound", "The specified message does not exist."}
}

func errPopReceipt() error {
	return &storageError{
		http.StatusBadRequest,
		"PopReceiptMismatch",
		"The specified pop receipt did not match the pop receipt for a dequeued message.",
	}
}
