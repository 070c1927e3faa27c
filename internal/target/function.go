package target

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// A StartFunc starts a service and returns its URL, and a function that stops it, which may be nil.
type StartFunc func(context.Context, Environment) (endpoint string, stop func(), err error)

// startFunction starts the service by its function.
func startFunction(ctx context.Context, env Environment) (*Service, error) {
	endpoint, stop, err := env.Start(ctx, env)
	if err != nil {
		return nil, fmt.Errorf("start the service: %w", err)
	}
	if stop == nil {
		stop = func() {}
	}
	parsed, err := parseURL(endpoint)
	if err != nil {
		stop()
		return nil, fmt.Errorf("the function that starts the service returned no endpoint: %w", err)
	}
	return &Service{
		Endpoint:    parsed.Value,
		TrainingKey: env.TrainingKey,
		Stop: onceStop(func(context.Context) error {
			stop()
			return nil
		}),
		Log: func() string { return "" },
	}, nil
}

// ServeHandler serves a handler on loopback and returns its URL, and a function that stops serving.
func ServeHandler(ctx context.Context, h http.Handler) (endpoint string, stop func(), err error) {
	if h == nil {
		return "", nil, errors.New("the handler is nil")
	}
	s, err := listen(ctx, h)
	if err != nil {
		return "", nil, err
	}
	return s.Endpoint, func() { _ = s.Stop(context.WithoutCancel(ctx)) }, nil
}
