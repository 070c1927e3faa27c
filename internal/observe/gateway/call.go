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

// permissionMismatch is what Azure answers an identity that lacks the role.
const (
	permissionMismatch        = "AuthorizationPermissionMismatch"
	permissionMismatchMessage = "This request is not authorized to perform this operation using this permission."
)

// A proxiedRequest is one request on its way through the gateway.
type proxiedRequest struct {
	gateway *Gateway
	body    *upload
	op      evidence.Operation
	once    sync.Once
}

// record puts the operation on record, once.
func (c *proxiedRequest) record() {
	c.once.Do(func() {
		c.op.Length, c.op.SHA256 = c.body.measured()
		c.gateway.journal.Record(c.op)
	})
}

// fail records that storage never answered, and why.
func (c *proxiedRequest) fail(reason string) {
	c.op.Error = reason
	c.op.Ended = c.gateway.now()
	c.record()
}

// deny refuses the request as Azure would. The body is read first, unless the
// client waits to be asked for it: one who is still sending might lose the
// answer to a reset connection.
func (c *proxiedRequest) deny(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Expect") == "" {
		_, _ = io.Copy(io.Discard, c.body)
	}
	c.op.Denied = true
	c.op.Status = http.StatusForbidden
	c.op.Code = permissionMismatch
	c.op.Ended = c.gateway.now()
	c.record()
	refuse(w, r.Header.Get("x-ms-version"), c.op.Ended)
}

// refuse writes Azure's error answer (REST reference, "Status and error codes").
func refuse(w http.ResponseWriter, version string, now time.Time) {
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
