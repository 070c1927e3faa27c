package check

import (
	"fmt"

	"github.com/cvconform/cvconform/internal/check/seen"
	"github.com/cvconform/cvconform/internal/evidence"
)

// writes returns the successful operations that wrote something.
func writes(operations []evidence.Event) []evidence.Event {
	var out []evidence.Event
	for _, e := range operations {
		if e.Operation.Succeeded() && e.Operation.Writes() {
			out = append(out, e)
		}
	}
	return out
}

// blobWrites returns the operations that wrote to a blob in a container.
func blobWrites(operations []evidence.Event, container string) []evidence.Event {
	var out []evidence.Event
	for _, e := range writes(operations) {
		if op := e.Operation; op.Service == evidence.Blob && op.Resource == container && op.Object != "" {
			out = append(out, e)
		}
	}
	return out
}

// deletionOf returns the first operation that deleted a blob after it was written.
func deletionOf(c *Case, write evidence.Event) (evidence.Event, bool) {
	for _, e := range c.events(evidence.KindOperation) {
		op := e.Operation
		if e.Seq > write.Seq && op.Name == "DeleteBlob" && op.Resource == write.Operation.Resource &&
			op.Object == write.Operation.Object && op.Succeeded() {
			return e, true
		}
	}
	return evidence.Event{}, false
}

// describeOperation describes an operation and its destination.
func describeOperation(op evidence.Operation) string {
	destination := op.Resource
	if op.Object != "" {
		destination += "/" + op.Object
	}
	s := fmt.Sprintf("%s to %s %s", op.Name, op.Service, destination)
	if op.Text != "" {
		s += ": " + seen.Excerpt(op.Text)
	}
	return s
}
