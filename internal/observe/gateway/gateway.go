package gateway

import (
	"context"
	"crypto/tls"
	"errors"
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

// closingGrace is how long Close waits for requests in flight.
const closingGrace = time.Second

// Options says where storage is and where the gateway stands.
type Options struct {
	// Blob and Queue are the storage services as the harness reaches them:
	// scheme, host and port. A path is ignored.
	Blob, Queue *url.URL
	// Listen is the host to listen on; "" means 127.0.0.1.
	Listen string
	// Port is that of the blob service; the queue service is on the next. 0 means
	// free ones: any, or, where Advertise is a name, of those that every client takes
	// for storage with the account in the path.
	Port int
	// Advertise is the host by which the service under test reaches the
	// gateway; "" means Listen.
	Advertise string
	// TLS is for storage behind https; nil means the system's certificates.
	TLS *tls.Config
	// Now is the clock of the record; nil means time.Now.
	Now func() time.Time
}

// withDefaults returns o with every empty field filled in.
func (o Options) withDefaults() Options {
	if o.Listen == "" {
		o.Listen = "127.0.0.1"
	}
	if o.Advertise == "" {
		o.Advertise = o.Listen
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// A Gateway listens for the service under test, once for each storage
// service, and records what passes. Its methods may be called concurrently.
type Gateway struct {
	observe.Immediate
	now         func() time.Time
	journal     observe.OperationLog
	rules       rules
	transport   *http.Transport
	blob, queue *listener
	base        context.Context // ends when Close gives up on requests in flight
	end         context.CancelFunc
	closing     chan struct{} // closed when Close begins: nothing is held any longer
	once        sync.Once
	closed      error // what Close returned
}

// Start opens both listeners. The error names the one that failed.
func Start(o Options) (*Gateway, error) {
	if o.Blob == nil || o.Queue == nil {
		return nil, errors.New("start gateway: the address of the blob or the queue service is missing")
	}
	o = o.withDefaults()
	g := &Gateway{now: o.Now, transport: newTransport(o.TLS), closing: make(chan struct{})}
	g.base, g.end = context.WithCancel(context.Background())
	blob, queue, err := listenOnFreePort(o)
	if err != nil {
		return nil, err
	}
	g.blob, g.queue = g.serve(evidence.Blob, blob, o.Blob, o), g.serve(evidence.Queue, queue, o.Queue, o)
	return g, nil
}

// Subscribe begins to collect all operations recorded from now on for which match
// is true; nil means all. match is called while recording: it must be quick and
// must not call the gateway.
func (g *Gateway) Subscribe(match func(evidence.Operation) bool) *observe.Subscription {
	return g.journal.Subscribe(match)
}

// BlobURL is the root of the blob service as the service under test sees it.
func (g *Gateway) BlobURL() *url.URL { return g.blob.advertised() }

// QueueURL is the root of the queue service as the service under test sees it.
func (g *Gateway) QueueURL() *url.URL { return g.queue.advertised() }

// Close lets go of held requests, gives those in flight a second (or until
// ctx ends), then cuts them off, and ends all watches; what these have seen
// can still be read. It may be called more than once.
func (g *Gateway) Close(ctx context.Context) error {
	g.once.Do(func() {
		close(g.closing)
		ctx, cancel := context.WithTimeout(ctx, closingGrace)
		defer cancel()
		// A connection that was opened and never used keeps Shutdown waiting for
		// five seconds: what is left after the grace is closed by force.
		_ = g.blob.server.Shutdown(ctx)
		_ = g.queue.server.Shutdown(ctx)
		g.end()
		g.closed = errors.Join(g.blob.server.Close(), g.queue.server.Close())
		g.transport.CloseIdleConnections()
		g.journal.Close()
	})
	return g.closed
}

// A listener is one of the gateway's two front doors.
type listener struct {
	server *http.Server
	host   string
}

// serve opens the door for one service whose storage is at target.
func (g *Gateway) serve(s evidence.Service, socket net.Listener, target *url.URL, o Options) *listener {
	_, port, _ := net.SplitHostPort(socket.Addr().String())
	l := &listener{host: net.JoinHostPort(o.Advertise, port), server: &http.Server{
		Handler:           newServiceProxy(g, s, target, o.Advertise),
		ErrorLog:          log.New(io.Discard, "", 0),
		Protocols:         http1(),
		ReadHeaderTimeout: time.Minute,
	}}
	go func() { _ = l.server.Serve(socket) }()
	return l
}

// advertised is the listener's root URL.
func (l *listener) advertised() *url.URL { return &url.URL{Scheme: "http", Host: l.host} }

// newTransport is the way to storage. Connections are dropped well before
// Azurite drops them (5 s), since a request that meets a closing connection
// would fail for no fault of the service.
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

// http1 is HTTP/1.1 and nothing else.
func http1() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return p
}
