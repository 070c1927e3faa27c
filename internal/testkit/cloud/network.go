package cloud

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

// Network connects hosts by name in memory. Its connections are pipes, so the clock of a synctest bubble advances while
// all goroutines wait for them. The zero value has no hosts. Close it before the bubble ends.
type Network struct {
	mu           sync.Mutex
	closed       bool
	disconnected bool
	hosts        map[string]*listener
	conns        map[*conn]struct{}
	serving      sync.WaitGroup
}

// Listen accepts connections to host on every port. It returns an error if the host has a listener already or the
// network is closed.
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

// Serve serves h over HTTP/1.1 at host until the network is closed.
func (n *Network) Serve(host string, h http.Handler) error {
	return n.serve(host, h, (*http.Server).Serve)
}

// ServeTLS serves h over HTTP/1.1 and HTTP/2 with TLS at host until the network is closed.
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

// Dial connects to a host as [net.Dialer.DialContext] does. For a host without a listener it returns the error of a
// failed DNS lookup.
func (n *Network) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	l, err := n.findListener(host)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	clientEnd, err := l.connect(ctx)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	return n.track(clientEnd), nil
}

func (n *Network) findListener(host string) (*listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch l := n.hosts[host]; {
	case n.disconnected:
		return nil, syscall.ENETUNREACH
	case l != nil:
		return l, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// track records a connection until it is closed, so that Disconnect can close it.
func (n *Network) track(clientEnd net.Conn) net.Conn {
	n.mu.Lock()
	defer n.mu.Unlock()
	c := &conn{Conn: clientEnd, network: n}
	if n.disconnected {
		_ = clientEnd.Close()
		return c
	}
	if n.conns == nil {
		n.conns = map[*conn]struct{}{}
	}
	n.conns[c] = struct{}{}
	return c
}

// Disconnect closes all connections, including those with a request in progress, and refuses new ones until
// [Network.Reconnect]. A server sees the same as if its clients had been killed.
func (n *Network) Disconnect() {
	n.mu.Lock()
	n.disconnected = true
	conns := slices.Collect(maps.Keys(n.conns))
	n.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
	}
}

// Reconnect allows connections again.
func (n *Network) Reconnect() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.disconnected = false
}

// Close closes all connections, stops the servers, and waits until the requests in progress have been processed.
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

// conn is the client's end of a connection.
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

// listener is the listener of one host.
type listener struct {
	network  *Network
	host     string
	incoming chan net.Conn
	once     sync.Once
	done     chan struct{}
}

// connect creates a pipe, passes the server's end to Accept and returns the client's end.
func (l *listener) connect(ctx context.Context) (clientEnd net.Conn, err error) {
	clientEnd, serverEnd := net.Pipe()
	select {
	case l.incoming <- serverEnd:
		return clientEnd, nil
	case <-l.done:
		return nil, syscall.ECONNREFUSED
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case serverEnd := <-l.incoming:
		return serverEnd, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. It removes the host from the network.
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

// address is the name of a host.
type address string

// Network implements net.Addr.
func (address) Network() string { return "memory" }

// String implements net.Addr.
func (a address) String() string { return string(a) }
