package serve

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// A server holds the parts that every step of [Run] uses.
type server struct {
	options  Options
	secrets  *redactor
	log      *slog.Logger
	cleanups []func(context.Context) error
}

// onStop registers a function for cleanUp.
func (s *server) onStop(f func(context.Context) error) { s.cleanups = append(s.cleanups, f) }

// cleanUp calls the registered functions, the last one first.
func (s *server) cleanUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, cleanUpTimeout)
	defer cancel()
	var errs []error
	for i := len(s.cleanups) - 1; i >= 0; i-- {
		errs = append(errs, s.cleanups[i](ctx))
	}
	return errors.Join(errs...)
}

// cleanUpTimeout limits the clean-up after the requests and the work have ended.
const cleanUpTimeout = 10 * time.Second
