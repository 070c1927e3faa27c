package gateway

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
)

// A serviceProxy is the handler of one storage service: it describes each request, refuses or delays it if a rule
// says so, forwards it, and records it.
type serviceProxy struct {
	state          *state
	service        evidence.Service
	advertisedHost string
	proxy          *httputil.ReverseProxy
}

func newServiceProxy(st *state, s evidence.Service, target *url.URL, advertisedHost string) *serviceProxy {
	return &serviceProxy{state: st, service: s, advertisedHost: advertisedHost, proxy: &httputil.ReverseProxy{
		Transport:      st.transport,
		ErrorLog:       log.New(io.Discard, "", 0),
		Rewrite:        func(p *httputil.ProxyRequest) { rewriteRequest(p, target) },
		ModifyResponse: recordResponse,
		ErrorHandler:   recordNoResponse,
	}}
}

// rewriteRequest directs a request to target. It leaves the Host unchanged, from which storage may read the account,
// and every byte of path and query, because the signature covers them.
func rewriteRequest(p *httputil.ProxyRequest, target *url.URL) {
	p.Out.URL.Scheme, p.Out.URL.Host = target.Scheme, target.Host
	p.Out.URL.RawQuery = p.In.URL.RawQuery
	p.Out.Host = p.In.Host
	raw, _, _ := strings.Cut(p.In.RequestURI, "?")
	if raw != p.In.URL.EscapedPath() && strings.HasPrefix(raw, "/") && !strings.HasPrefix(raw, "//") {
		p.Out.URL.Opaque = raw // net/url would escape "{" or "ü" differently
	}
}

// ServeHTTP implements http.Handler.
func (f *serviceProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.WithContext(r.Context()) // a copy: the server reads the body of its own request when it responds
	c := f.describe(r)
	if f.state.rules.isDenied(c.op) {
		c.deny(w, r)
		return
	}
	for _, wait := range f.state.rules.waitsFor(c.op) {
		if !wait.finish(f.state.closing, r.Context().Done()) {
			c.fail("the client disconnected while its request was held")
			return
		}
	}
	// Storage carries out a request even if the client does not wait for the response, so the gateway waits in any case.
	ctx, cancel := context.WithCancel(context.WithValue(context.WithoutCancel(r.Context()), requestKey{}, c))
	defer cancel()
	defer context.AfterFunc(f.state.ctx, cancel)()
	// Storage may refuse a request before it has read the body. Such a response is forwarded at once, not after the
	// body.
	_ = http.NewResponseController(w).EnableFullDuplex()
	f.proxy.ServeHTTP(w, r.WithContext(ctx))
}

// describe describes a request, and replaces its body by one that is measured.
func (f *serviceProxy) describe(r *http.Request) *proxiedRequest {
	a := parseAddress(f.service, f.advertisedHost, r)
	c := &proxiedRequest{state: f.state, body: newUpload(r.Body, r.ContentLength), op: evidence.Operation{
		Service:  f.service,
		Name:     operationName(f.service, a, r),
		Method:   r.Method,
		Account:  a.account,
		Resource: a.container,
		Auth:     authKind(r),
		Began:    f.state.now(),
	}}
	r.Body = c.body
	if f.service == evidence.Blob {
		c.op.Object = a.object
	}
	switch c.op.Name {
	case "PutMessage", "UpdateMessage":
		c.body.bufferWhole()
		c.op.Text = messageText(c.body.buffered)
	}
	switch c.op.Name {
	case "UpdateMessage", "DeleteMessage":
		c.op.MessageID = strings.TrimPrefix(a.object, "messages/")
	}
	setLifetime(&c.op, r.URL.Query())
	c.op.ContentEncoding = contentEncoding(r.Header)
	return c
}

// requestKey is the context key of a proxiedRequest.
type requestKey struct{}

// recordResponse records a request when the headers of its response have arrived, before any of them is forwarded.
func recordResponse(response *http.Response) error {
	c := response.Request.Context().Value(requestKey{}).(*proxiedRequest)
	c.op.Ended = c.state.now()
	c.op.Status = response.StatusCode
	c.op.Code = response.Header.Get("x-ms-error-code")
	if c.op.Name == "PutMessage" && c.op.Succeeded() {
		c.op.MessageID, c.op.Expires = storedMessage(bufferBody(response))
	}
	if c.op.Code == invalidHeaderValue && refusesVersion(response.Status, bufferBody(response)) {
		c.op.RefusedVersion = response.Request.Header.Get("x-ms-version")
	}
	c.record()
	return nil
}

// recordNoResponse records a request without a response of storage, and responds with 502.
func recordNoResponse(w http.ResponseWriter, r *http.Request, err error) {
	c := r.Context().Value(requestKey{}).(*proxiedRequest)
	reason := fmt.Sprintf("%s: %v", evidence.NoStorageResponse, err)
	if readErr := c.body.readErr(); readErr != nil {
		reason = fmt.Sprintf("the client stopped sending: %v", readErr)
	}
	c.fail(reason)
	http.Error(w, "gateway: "+reason, http.StatusBadGateway)
}
