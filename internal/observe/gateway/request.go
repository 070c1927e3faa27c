package gateway

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/internal/evidence"
)

// The error with which Azure refuses an identity that lacks the role.
const (
	permissionMismatch        = "AuthorizationPermissionMismatch"
	permissionMismatchMessage = "This request is not authorized to perform this operation using this permission."
)

// A proxiedRequest is one request that passes the gateway.
type proxiedRequest struct {
	state *state
	body  *upload
	op    evidence.Operation
	once  sync.Once
}

// record records the operation, once.
func (c *proxiedRequest) record() {
	c.once.Do(func() {
		c.op.Length, c.op.SHA256 = c.body.measured()
		if c.body.length > 0 && c.body.length != c.op.Length {
			c.op.Announced = c.body.length
		}
		c.state.log.Record(c.op)
	})
}

// fail records that there is no response of storage, and why.
func (c *proxiedRequest) fail(reason string) {
	c.op.Error = reason
	c.op.Ended = c.state.now()
	c.record()
}

// deny refuses the request as Azure would. It reads the body first, unless the client waits for permission to send
// it: a client that is still sending might lose the response when the connection is reset.
func (c *proxiedRequest) deny(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Expect") == "" {
		_, _ = io.Copy(io.Discard, c.body)
	}
	c.op.Denied = true
	c.op.Status = http.StatusForbidden
	c.op.Code = permissionMismatch
	c.op.Ended = c.state.now()
	c.record()
	writeRefusal(w, r.Header.Get("x-ms-version"), c.op.Ended)
}

// writeRefusal writes Azure's error response (REST reference, "Status and error codes").
func writeRefusal(w http.ResponseWriter, version string, now time.Time) {
	id := uuid.NewString()
	h := w.Header()
	h.Set("Content-Type", "application/xml")
	h.Set("x-ms-error-code", permissionMismatch)
	h.Set("x-ms-request-id", id)
	if version != "" {
		h.Set("x-ms-version", version)
	}
	w.WriteHeader(http.StatusForbidden)
	body, _ := xml.Marshal(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: permissionMismatch, Message: fmt.Sprintf("%s\nRequestId:%s\nTime:%s", permissionMismatchMessage, id,
		now.UTC().Format("2006-01-02T15:04:05.0000000Z"))})
	_, _ = io.WriteString(w, xml.Header+string(body))
}
