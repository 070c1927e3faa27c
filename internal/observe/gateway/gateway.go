package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/observe"
)

// closeTimeout is how long Close waits for requests in flight.
const closeTimeout = time.Second

// A Gateway listens for the service under test, once for each storage service, and records the requests. It
// implements [observe.Interceptor]. Its methods may be called concurrently.
type Gateway struct {
	observe.Immediate
	state       *state
	blob, queue *listener
	storage     [2]*url.URL
	once        sync.Once
	closeErr    error
}

// Start opens both listeners. The error names the one that failed.
func Start(o Options) (*Gateway, error) {
	if o.Blob == nil || o.Queue == nil {
		return nil, errors.New("start gateway: the address of the blob or the queue service is missing")
	}
	o = o.withDefaults()
	blob, queue, err := listenOnFreePort(o)
	if err != nil {
		return nil, err
	}
	st := &state{now: o.Now, transport: newTransport(o.TLS), closing: make(chan struct{})}
	st.ctx, st.cancel = context.WithCancel(context.Background())
	return &Gateway{
		state:   st,
		storage: [2]*url.URL{o.Blob, o.Queue},
		blob:    serve(blob, newServiceProxy(st, evidence.Blob, o.Blob, o.Advertise), o.Advertise),
		queue:   serve(queue, newServiceProxy(st, evidence.Queue, o.Queue, o.Advertise), o.Advertise),
	}, nil
}

// ReachStorage returns an error unless both services of storage respond to the gateway, with whatever status. It
// records nothing.
func (g *Gateway) ReachStorage(ctx context.Context) error {
	for _, root := range g.storage {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, root.String(), nil)
		if err != nil {
			return err
		}
		response, err := g.state.transport.RoundTrip(r)
		if err != nil {
			return fmt.Errorf("the gateway does not reach storage at %s: %w", root, err)
		}
		_ = response.Body.Close()
	}
	return nil
}

// Subscribe collects all operations recorded from now on for which match returns true; nil means all. match is called
// during the recording: it must be quick, and must not call the gateway.
func (g *Gateway) Subscribe(match func(evidence.Operation) bool) *observe.Subscription {
	return g.state.log.Subscribe(match)
}

// Deny refuses every request to the queue or container of that name until undo is called. It responds as Azure does
// to an identity without the role: 403 AuthorizationPermissionMismatch. The refused operations are recorded with
// Denied. undo may be called more than once.
func (g *Gateway) Deny(s evidence.Service, resource string) (undo func()) {
	return g.state.rules.deny(&denial{service: s, resource: resource})
}

// Hold delays the requests that arrive from now on and for which match returns true, each until release is called,
// ctx ends, or limit has passed since it arrived; then it is forwarded. Thereby storage does not get a message before
// the harness allows it, and a service that responds to its own caller meanwhile does not wait for its PutMessage.
//
// match gets the properties known on arrival; for PutMessage and UpdateMessage they include the Text. release may be
// called more than once.
func (g *Gateway) Hold(ctx context.Context, match func(evidence.Operation) bool, limit time.Duration) (release func()) {
	return g.state.rules.hold(&hold{ctx: ctx, match: match, limit: limit, released: make(chan struct{})})
}

// BlobURL returns the root of the blob service for the service under test.
func (g *Gateway) BlobURL() *url.URL { return g.blob.advertised() }

// QueueURL returns the root of the queue service for the service under test.
func (g *Gateway) QueueURL() *url.URL { return g.queue.advertised() }

// Close releases held requests, waits one second (or until ctx ends) for those in flight, aborts the rest, and ends
// all subscriptions. Their operations can still be read. It may be called more than once.
func (g *Gateway) Close(ctx context.Context) error {
	g.once.Do(func() {
		close(g.state.closing)
		ctx, cancel := context.WithTimeout(ctx, closeTimeout)
		defer cancel()
		// Shutdown would wait five seconds for a connection that was opened and never used. Close closes it at once.
		_ = g.blob.server.Shutdown(ctx)
		_ = g.queue.server.Shutdown(ctx)
		g.state.cancel()
		g.closeErr = errors.Join(g.blob.server.Close(), g.queue.server.Close())
		g.state.transport.CloseIdleConnections()
		g.state.log.Close()
	})
	return g.closeErr
}

// A listener serves one storage service.
type listener struct {
	server *http.Server
	host   string
}

func serve(socket net.Listener, handler http.Handler, advertisedHost string) *listener {
	_, port, _ := net.SplitHostPort(socket.Addr().String())
	l := &listener{host: net.JoinHostPort(advertisedHost, port), server: &http.Server{
		Handler:           handler,
		ErrorLog:          log.New(io.Discard, "", 0),
		Protocols:         http1(),
		ReadHeaderTimeout: time.Minute,
	}}
	go func() { _ = l.server.Serve(socket) }()
	return l
}

// advertised returns the root URL of the listener.
func (l *listener) advertised() *url.URL { return &url.URL{Scheme: "http", Host: l.host} }

// newTransport returns the transport to storage. It closes idle connections well before Azurite does (after 5 s),
// because a request on a connection that is being closed would fail through no fault of the service.
func newTransport(conf *tls.Config) *http.Transport {
	return &http.Transport{
		TLSClientConfig:       conf.Clone(),
		Protocols:             http1(),
		DisableCompression:    true,
		MaxIdleConnsPerHost:   256,
		IdleConnTimeout:       3 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
	}
}

// http1 returns HTTP/1.1 only.
func http1() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return p
}
