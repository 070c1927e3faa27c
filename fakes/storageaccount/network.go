package storageaccount

import (
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"syscall"
)

// A Network connects hosts, by name, in memory: its connections are pipes, so
// that in a synctest bubble the clock goes on while everybody waits on them. The
// zero value has no hosts yet. Close it before the bubble ends.
type Network struct {
	mu      sync.Mutex
	closed  bool
	severed bool
	hosts   map[string]*listener
	conns   map[*conn]struct{}
	serving sync.WaitGroup
}

// Listen accepts connections to host, whatever the port. The error says that the
// host is there already, or that the network is closed.
func (n *Network) Listen(host string) (net.Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil, fmt.Errorf("listen at %s: %w", host, net.ErrClosed)
	}
	if n.hosts[host] != nil {
		return nil, fmt.Errorf("listen at %s: %w", host, syscall.EADDRINUSE)
	}
	if n.hosts == nil {
		n.hosts = map[string]*listener{}
	}
	l := &listener{network: n, host: host, incoming: make(chan net.Conn), done: make(chan struct{})}
	n.hosts[host] = l
	return l, nil
}

// Serve has h answer HTTP/1.1 at host until the network is closed.
func (n *Network) Serve(host string, h http.Handler) error {
	return n.serve(host, h, (*http.Server).Serve)
}

// ServeTLS has h answer HTTP/1.1 and HTTP/2 over TLS at host until the network is
// closed.
func (n *Network) ServeTLS(host string, h http.Handler, certificate tls.Certificate) error {
	return n.serve(host, h, func(s *http.Server, l net.Listener) error {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
		return s.ServeTLS(l, "", "")
	})
}

func (n *Network) serve(host string, h http.Handler, serve func(*http.Server, net.Listener) error) error {
	l, err := n.Listen(host)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h, ConnState: func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			n.serving.Add(1)
		case http.StateClosed, http.StateHijacked:
			n.serving.Done()
		}
	}}
	n.serving.Go(func() { _ = serve(server, l) })
	return nil
}

// Dial connects to a host as [net.Dialer.DialContext] does. A host that nobody
// listens at is unknown, as to a resolver.
func (n *Network) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	l, err := n.find(host)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	near, err := l.connect(ctx)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	return n.keep(near), nil
}

func (n *Network) find(host string) (*listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch l := n.hosts[host]; {
	case n.severed:
		return nil, syscall.ENETUNREACH
	case l != nil:
		return l, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// keep remembers a connection until it is closed.
func (n *Network) keep(near net.Conn) net.Conn {
	n.mu.Lock()
	defer n.mu.Unlock()
	c := &conn{Conn: near, network: n}
	if n.severed {
		_ = near.Close()
		return c
	}
	if n.conns == nil {
		n.conns = map[*conn]struct{}{}
	}
	n.conns[c] = struct{}{}
	return c
}

// Disconnect cuts all connections, in the middle of whatever they carry, and lets
// nobody connect until Restore. To those at the other end it is as if the caller
// had been killed.
func (n *Network) Disconnect() {
	n.mu.Lock()
	n.severed = true
	conns := slices.Collect(maps.Keys(n.conns))
	n.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
	}
}

// Reconnect lets callers connect again.
func (n *Network) Reconnect() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.severed = false
}

// Close ends all connections and what Serve began, and waits until the calls
// that had come have been carried out.
func (n *Network) Close() {
	n.Disconnect()
	n.mu.Lock()
	n.closed = true
	listeners := slices.Collect(maps.Values(n.hosts))
	n.mu.Unlock()
	for _, l := range listeners {
		_ = l.Close()
	}
	n.serving.Wait()
}

// A conn is the caller's end of a connection.
type conn struct {
	net.Conn
	network *Network
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.network.mu.Lock()
	delete(c.network.conns, c)
	c.network.mu.Unlock()
	return c.Conn.Close()
}

// A listener is a host.
type listener struct {
	network  *Network
	host     string
	incoming chan net.Conn
	once     sync.Once
	done     chan struct{}
}

// connect makes a pipe and hands its far end to whoever accepts.
func (l *listener) connect(ctx context.Context) (near net.Conn, err error) {
	near, far := net.Pipe()
	select {
	case l.incoming <- far:
		return near, nil
	case <-l.done:
		return nil, syscall.ECONNREFUSED
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case far := <-l.incoming:
		return far, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener: the host is unknown from now on.
func (l *listener) Close() error {
	l.once.Do(func() {
		l.network.mu.Lock()
		delete(l.network.hosts, l.host)
		l.network.mu.Unlock()
		close(l.done)
	})
	return nil
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return address(l.host) }

// An address is the name of a host.
type address string

// Network implements net.Addr.
func (address) Network() string { return "memory" }

// String implements net.Addr.
func (a address) String() string { return string(a) }
