package serve

import (
	"context"
	"net"

	"github.com/cvconform/cvconform/internal/userr"
)

// listeners are the open addresses.
type listeners struct {
	api     net.Listener
	control net.Listener // nil if there is no control plane
}

// listen opens the addresses. It runs before storage starts, so that a port that is in
// use is reported at once.
func (s *server) listen(ctx context.Context) (l listeners, err error) {
	if l.api, err = s.listenOn(ctx, s.options.Listen); err != nil || s.options.Control == "" {
		return l, err
	}
	l.control, err = s.listenOn(ctx, s.options.Control)
	return l, err
}

func (s *server) listenOn(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, userr.Environmentf("is the port in use? 127.0.0.1:0 takes a free one", "listen on %s: %w", address, err)
	}
	s.onStop(func(context.Context) error {
		_ = listener.Close() // its HTTP server has closed it, unless the start-up failed
		return nil
	})
	return listener, nil
}
