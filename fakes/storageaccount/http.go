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

// An operation answers one call. It is called with the lock held.
type operation struct {
	name   string // in the REST reference
	handle func(*Account, *request) (answer, error)
}

// A request is a call whose path has been taken apart, and whose body has been read.
type request struct {
	*http.Request
	resource string // container or queue; "" for the account
	object   string // blob, or what follows the queue; "" for the resource itself
	body     []byte
}

// An answer is what a call is answered. The zero answer is 200 with nothing.
type answer struct {
	status  int
	header  map[string]string
	xml     any       // nil means none
	content []byte    // of a blob; nil means none
	written time.Time // of a blob
}

// service answers the calls that have an operation, by method, place in the
// account ("account", "resource", "object") and comp. A call that has come is
// carried out, even where its caller is cut off meanwhile.
func (a *Account) service(operations map[string]operation) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := parseRequest(r)
		key := q.key()
		found, known := operations[key]
		var err error
		if q.body, err = io.ReadAll(r.Body); err != nil {
			panic(http.ErrAbortHandler) // it has not come whole
		}
		ctx, there := context.WithoutCancel(r.Context()), a.options.Latency/2
		_ = sleep(ctx, there)
		out, err := answer{}, errUnknownOperation(key)
		if known {
			out, err = a.answer(found, q)
		}
		_ = sleep(ctx, a.options.Latency-there)
		a.write(w, r, out, err)
	})
}

// answer counts the call and has it answered, unless it is refused.
func (a *Account) answer(o operation, q *request) (answer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls[o.name]++
	a.requests++
	if n := a.options.BusyEvery; n > 0 && a.requests%n == 0 {
		return answer{}, errBusy()
	}
	if q.Header.Get("Authorization") == "" && !q.URL.Query().Has("sig") {
		return answer{}, errNoCredential()
	}
	return o.handle(a, q)
}

func parseRequest(r *http.Request) *request {
	resource, object, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return &request{Request: r, resource: resource, object: object}
}

func (q *request) key() string {
	place := "account"
	switch {
	case q.object != "":
		place = "object"
	case q.resource != "":
		place = "resource"
	}
	return strings.TrimSpace(q.Method + " " + place + " " + q.URL.Query().Get("comp"))
}

// count reads a number from the query. The error says that it is not from 1 to most.
func (q *request) count(name string, otherwise, most int) (int, error) {
	text := q.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, errQuery(name)
	}
	return n, nil
}

// write is the one place that writes.
func (a *Account) write(w http.ResponseWriter, r *http.Request, out answer, err error) {
	a.mu.Lock()
	id := fmt.Sprintf("00000000-0000-0000-0000-%012d", a.nextNumber())
	a.mu.Unlock()
	if err != nil {
		out = refusal(problem(err), id)
	}
	maps.Copy(w.Header(), headers(out.header))
	w.Header().Set("X-Ms-Request-Id", id)
	w.Header().Set("X-Ms-Version", r.Header.Get("X-Ms-Version"))
	w.Header().Set("Date", now().Format(http.TimeFormat))
	if out.content != nil {
		if ranged := r.Header.Get("X-Ms-Range"); ranged != "" {
			r.Header.Set("Range", ranged)
		}
		http.ServeContent(w, r, "", out.written, bytes.NewReader(out.content))
		return
	}
	out.send(w)
}

func headers(of map[string]string) http.Header {
	h := http.Header{}
	for name, value := range of {
		h.Set(name, value)
	}
	return h
}

// send writes an answer whose body, if any, is XML.
func (out answer) send(w http.ResponseWriter) {
	body := []byte{}
	if out.xml != nil {
		w.Header().Set("Content-Type", "application/xml")
		document, err := xml.Marshal(out.xml)
		if err != nil {
			panic("cloudtest: " + err.Error()) // of our own types
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

// refusal is an error as an answer.
func refusal(e *storageError, id string) answer {
	type errorDocument struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}
	return answer{status: e.status, header: map[string]string{"x-ms-error-code": e.code},
		xml: errorDocument{
			Code:    e.code,
			Message: fmt.Sprintf("%s\nRequestId:%s\nTime:%s", e.message, id, now().Format(time.RFC3339Nano)),
		}}
}
