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

// A serviceProxy serves one storage service: it describes each request, refuses or
// holds it where a rule says so, forwards it, and records it.
type serviceProxy struct {
	gateway        *Gateway
	service        evidence.Service
	advertisedHost string // advertised host
	proxy          *httputil.ReverseProxy
}

// newServiceProxy forwards to target.
func newServiceProxy(g *Gateway, s evidence.Service, target *url.URL, own string) *serviceProxy {
	f := &serviceProxy{gateway: g, service: s, advertisedHost: own}
	f.proxy = &httputil.ReverseProxy{
		Transport:      g.transport,
		ErrorLog:       log.New(io.Discard, "", 0),
		Rewrite:        func(p *httputil.ProxyRequest) { rewriteRequest(p, target) },
		ModifyResponse: recordResponse,
		ErrorHandler:   recordNoResponse,
	}
	return f
}

// rewriteRequest points a request at target and leaves the rest as it came: the Host,
// from which storage may read the account, and path and query to the byte,
// which the signature covers.
func rewriteRequest(p *httputil.ProxyRequest, target *url.URL) {
	p.Out.URL.Scheme, p.Out.URL.Host = target.Scheme, target.Host
	p.Out.URL.RawQuery = p.In.URL.RawQuery
	p.Out.Host = p.In.Host
	raw, _, _ := strings.Cut(p.In.RequestURI, "?")
	if raw != p.In.URL.EscapedPath() && strings.HasPrefix(raw, "/") && !strings.HasPrefix(raw, "//") {
		p.Out.URL.Opaque = raw // net/url would spell "{" or "ü" in its own way
	}
}

// ServeHTTP implements http.Handler.
func (f *serviceProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.WithContext(r.Context()) // a copy: the server looks at its own request's body when it answers
	c := f.describe(r)
	if f.gateway.rules.denied(c.op) {
		c.deny(w, r)
		return
	}
	for _, wait := range f.gateway.rules.held(c.op) {
		if !wait.over(f.gateway.closing, r.Context().Done()) {
			c.fail("the client went away while its request was held")
			return
		}
	}
	// Storage carries out what it has received whether or not the client
	// stays for the answer, so the answer is waited for in any case.
	ctx, cancel := context.WithCancel(context.WithValue(context.WithoutCancel(r.Context()), callKey{}, c))
	defer cancel()
	defer context.AfterFunc(f.gateway.base, cancel)()
	// An early answer (storage need not read the body to refuse it) goes out at
	// once, not after the rest of the body.
	_ = http.NewResponseController(w).EnableFullDuplex()
	f.proxy.ServeHTTP(w, r.WithContext(ctx))
}

// describe describes a request that has come in and puts its body under measure.
func (f *serviceProxy) describe(r *http.Request) *proxiedRequest {
	a := parseAddress(f.service, f.advertisedHost, r)
	c := &proxiedRequest{gateway: f.gateway, body: newUpload(r.Body, r.ContentLength), op: evidence.Operation{
		Service:  f.service,
		Name:     operationName(f.service, a, r),
		Method:   r.Method,
		Account:  a.account,
		Resource: a.container,
		Auth:     authKind(r),
		Began:    f.gateway.now(),
	}}
	r.Body = c.body
	if f.service == evidence.Blob {
		c.op.Object = a.object
	}
	switch c.op.Name {
	case "PutMessage", "UpdateMessage":
		c.body.bufferWhole()
		c.op.Text = messageText(c.body.kept)
	}
	switch c.op.Name {
	case "UpdateMessage", "DeleteMessage":
		c.op.MessageID = strings.TrimPrefix(a.object, "messages/")
	}
	return c
}

// callKey is the context key of a request's call.
type callKey struct{}

// recordResponse records a request that storage has answered; the answer's headers
// have come, and none of it has gone to the client.
func recordResponse(answer *http.Response) error {
	c := answer.Request.Context().Value(callKey{}).(*proxiedRequest)
	c.op.Ended = c.gateway.now()
	c.op.Status = answer.StatusCode
	c.op.Code = answer.Header.Get("x-ms-error-code")
	if c.op.Name == "PutMessage" && c.op.Succeeded() {
		c.op.MessageID = messageID(answer)
	}
	c.record()
	return nil
}

// recordNoResponse records a request to which storage gave no answer, and gives 502.
func recordNoResponse(w http.ResponseWriter, r *http.Request, err error) {
	c := r.Context().Value(callKey{}).(*proxiedRequest)
	reason := fmt.Sprintf("storage did not answer: %v", err)
	if broken := c.body.readErr(); broken != nil {
		reason = fmt.Sprintf("the client stopped sending: %v", broken)
	}
	c.fail(reason)
	http.Error(w, "gateway: "+reason, http.StatusBadGateway)
}
