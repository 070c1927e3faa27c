package storageaccount

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// operation is one operation of the REST reference.
type operation struct {
	name   string
	handle func(*store, *request) (response, error)
}

// request is an HTTP request with its path parsed and its body read.
type request struct {
	*http.Request
	resource string // name of the container or queue; empty for the account
	object   string // name of the blob, or the path below the queue; empty for the resource itself
	body     []byte
}

// response is the response of an operation. The zero value is 200 without a body.
type response struct {
	status   int
	header   map[string]string
	xml      any       // nil means none
	content  []byte    // of a blob; nil means none
	modified time.Time // of a blob
}

func newRequest(r *http.Request) *request {
	resource, object, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return &request{Request: r, resource: resource, object: object}
}

func (q *request) operationKey() string {
	level := "account"
	switch {
	case q.object != "":
		level = "object"
	case q.resource != "":
		level = "resource"
	}
	return strings.TrimSpace(q.Method + " " + level + " " + q.URL.Query().Get("comp"))
}

// count parses a query parameter that must be between 1 and limit.
func (q *request) count(name string, defaultValue, limit int) (int, error) {
	text := q.URL.Query().Get(name)
	if text == "" {
		return defaultValue, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > limit {
		return 0, errQueryParameter(name)
	}
	return n, nil
}

func httpHeader(fields map[string]string) http.Header {
	h := http.Header{}
	for name, value := range fields {
		h.Set(name, value)
	}
	return h
}

// writeXML writes a response whose body is XML or empty.
func (out response) writeXML(w http.ResponseWriter) {
	body := []byte{}
	if out.xml != nil {
		w.Header().Set("Content-Type", "application/xml")
		document, err := xml.Marshal(out.xml)
		if err != nil {
			panic("storageaccount: " + err.Error()) // every document is a type of this package
		}
		body = append([]byte(xml.Header), document...)
	}
	if out.status == 0 {
		out.status = http.StatusOK
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(out.status)
	_, _ = w.Write(body)
}

func errorResponse(e *storageError, id string) response {
	type errorDocument struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}
	return response{status: e.status, header: map[string]string{"x-ms-error-code": e.code},
		xml: errorDocument{
			Code:    e.code,
			Message: fmt.Sprintf("%s\nRequestId:%s\nTime:%s", e.message, id, now().Format(time.RFC3339Nano)),
		}}
}
