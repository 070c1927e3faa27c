package steps

import (
	"context"
	"net/http"

	"github.com/cvconform/cvconform/internal/target"
)

// An Environment is the input of a service that [Config.Start] starts.
type Environment struct {
	// TrainingKey is the key that the service has to accept.
	TrainingKey string
	// ConnectionString is that of the storage account of the queues and containers, with
	// the endpoints that the service has to use.
	ConnectionString string
	// Provoke is that of [Config]: it maps a failure to the prefix of the names of the
	// projects that the service has to let fail.
	Provoke map[string]string
}

// Handler returns a value of [Config.Start] that serves an http.Handler on loopback, in
// this process. handler is called once, when the storage of the run is ready.
func Handler(
	handler func(Environment) http.Handler,
) func(context.Context, Environment) (endpoint string, stop func(), err error) {
	return func(ctx context.Context, e Environment) (string, func(), error) {
		return target.ServeHandler(ctx, handler(e))
	}
}

// start calls Start.
func (c Config) start(ctx context.Context, e target.Environment) (endpoint string, stop func(), err error) {
	return c.Start(ctx, Environment{TrainingKey: e.TrainingKey, ConnectionString: e.ConnectionString, Provoke: e.Provoke})
}
