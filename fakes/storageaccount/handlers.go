package storageaccount

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
)

// BlobHandler returns the blob service. Serve it at [Account.BlobHost].
func (a *Account) BlobHandler() http.Handler { return a.handler(blobOperations()) }

// QueueHandler returns the queue service. Serve it at [Account.QueueHost].
func (a *Account) QueueHandler() http.Handler { return a.handler(queueOperations()) }

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
