package storageaccount

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
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

// handler serves operations. Their keys consist of the method, the level in the account ("account", "resource" or
// "object") and the parameter comp. A request that was received is processed even if its connection breaks.
func (a *Account) handler(operations map[string]operation) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := newRequest(r)
		key := q.operationKey()
		found, known := operations[key]
		var err error
		if q.body, err = io.ReadAll(r.Body); err != nil {
			panic(http.ErrAbortHandler) // the request is incomplete
		}
		ctx, firstHalf := context.WithoutCancel(r.Context()), a.options.Latency/2
		_ = sleep(ctx, firstHalf)
		out, err := response{}, errUnknownOperation(key)
		if known {
			out, err = a.process(found, q)
		}
		_ = sleep(ctx, a.options.Latency-firstHalf)
		a.respond(w, r, out, err)
	})
}

// process counts a request and calls its operation, unless the request is refused.
func (a *Account) process(o operation, q *request) (response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls[o.name]++
	a.requests++
	if n := a.options.BusyEvery; n > 0 && a.requests%n == 0 {
		return response{}, errServerBusy()
	}
	if q.Header.Get("Authorization") == "" && !q.URL.Query().Has("sig") {
		return response{}, errNoCredential()
	}
	return o.handle(&a.store, q)
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

// respond writes every response.
func (a *Account) respond(w http.ResponseWriter, r *http.Request, out response, err error) {
	a.mu.Lock()
	id := fmt.Sprintf("00000000-0000-0000-0000-%012d", a.store.nextNumber())
	a.mu.Unlock()
	if err != nil {
		out = errorResponse(asStorageError(err), id)
	}
	maps.Copy(w.Header(), httpHeader(out.header))
	w.Header().Set("X-Ms-Request-Id", id)
	w.Header().Set("X-Ms-Version", r.Header.Get("X-Ms-Version"))
	w.Header().Set("Date", now().Format(http.TimeFormat))
	if out.content != nil {
		if byteRange := r.Header.Get("X-Ms-Range"); byteRange != "" {
			r.Header.Set("Range", byteRange)
		}
		http.ServeContent(w, r, "", out.modified, bytes.NewReader(out.content))
		return
	}
	out.writeXML(w)
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
