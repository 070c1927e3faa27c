package session

import (
	"context"
	"net"
	"net/url"
	"time"

	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/target"
)

// portInterval is the pause between two attempts to connect to the port of a
// service whose process has exited.
const portInterval = 100 * time.Millisecond

// exitGracePeriod is how long to wait for the exit status of a service that
// stopped responding. Docker reports a container's exit slightly later than its
// connections close.
const exitGracePeriod = 3 * time.Second

// inFlight is how long the writes of a service that has ended may take to arrive.
const inFlight = 250 * time.Millisecond

// watchLiveness returns a context that ends when the service's process has
// exited, its port accepts no connections (the command may have left the real
// service running in the background), and writes in flight have had time to
// arrive. It returns nil if the end of the process cannot be observed.
func watchLiveness(started *target.Service, s Settings, cleanups *Cleanups) context.Context {
	if started.Done == nil {
		return nil
	}
	alive, end := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	cleanups.Add(func(context.Context) error {
		end()
		<-stopped
		return nil
	})
	go func() {
		defer close(stopped)
		defer end()
		select {
		case <-started.Done:
			waitUntilSilent(alive, started.Endpoint, s)
		case <-alive.Done():
		}
	}()
	return alive
}

// waitUntilSilent returns when the port has stopped accepting connections and
// writes in flight have had time to arrive.
func waitUntilSilent(ctx context.Context, endpoint string, s Settings) {
	tick := time.NewTicker(portInterval)
	defer tick.Stop()
	for acceptsConnections(ctx, endpoint, s.Network) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
	_ = clock.Sleep(ctx, inFlight)
}

// acceptsConnections reports whether a process listens at the endpoint.
func acceptsConnections(ctx context.Context, endpoint string, n Network) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	dial := n.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	connection, err := dial(ctx, "tcp", u.Host)
	if err != nil {
		return false
	}
	_ = connection.Close()
	return true
}

// warnIfEnded adds a warning if the service ended by itself while it was judged.
func (v *Service) warnIfEnded(ctx context.Context, notes *Notes) {
	if !v.endedByItself(ctx) {
		return
	}
	text := "the service ended by itself during the run; its last output:\n" + notes.RedactOutput(v.Log())
	if v.Ended != nil {
		text += "\nand it ended with " + v.Ended()
	}
	notes.Warn("%s", text)
}

// endedByItself reports whether the service is known to have ended by itself.
func (v *Service) endedByItself(ctx context.Context) bool {
	if v.Done == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, exitGracePeriod)
	defer cancel()
	if v.Client.GetDomains(ctx).Status == 0 {
		select {
		case <-v.Done:
		case <-ctx.Done():
		}
	}
	select {
	case <-v.Done:
		return true
	default:
		return false
	}
}
