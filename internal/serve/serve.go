package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/fakes/customvision/journal"
	"github.com/cvconform/cvconform/fakes/customvision/seed"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/steps"
)

// storageGrace bounds the end of all but calls and work.
const storageGrace = 10 * time.Second

// A server is one call of [Run].
type server struct {
	options Options
	log     *slog.Logger
	redact  func(string) string

	listener, controlListener net.Listener
	tls                       *tls.Config       // nil without TLS
	authority                 string            // the file of what made the certificate, if it was made
	contents                  *seed.Contents    // nil without a seed
	azurite                   *azurite.Instance // nil with external storage
	account                   *storage.Account
	fake                      *customvision.Server
	seed                      customvision.Seed
	api, control              *http.Server // control is nil without one
	ended                     chan error   // of what serves and should not have ended

	cleanups []func(context.Context) error
}

// Run serves until ctx ends, and then answers the calls that are running. The
// error is a [steps.UsageError] if the options are at fault, a
// [steps.EnvironmentError] if storage or an address cannot be had or is lost,
// and the context's if that ends before all is ready.
func Run(ctx context.Context, o Options) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	if o.Grace == 0 {
		o.Grace = DefaultGrace
	}
	s := &server{options: o, redact: journal.Replacer(o.TrainingKey), ended: make(chan error, 2)}
	s.log = s.newLogger()
	defer func() { err = errors.Join(err, s.cleanUp(context.WithoutCancel(ctx))) }()
	// What is told at once comes first: files, then ports in use, then storage.
	for _, step := range []func(context.Context) error{
		func(context.Context) error { return s.readSeed() },
		func(context.Context) error { return s.setUpTLS() },
		s.listen, s.startStorage, s.start, s.loadSeed,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	s.startServing()
	defer s.close(context.WithoutCancel(ctx))
	if err := s.announce(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	return s.wait(ctx)
}

func (s *server) onStop(f func(context.Context) error) { s.cleanups = append(s.cleanups, f) }

// cleanUp takes back what was made, the last first.
func (s *server) cleanUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storageGrace)
	defer cancel()
	var errs []error
	for i := len(s.cleanups) - 1; i >= 0; i-- {
		errs = append(errs, s.cleanups[i](ctx))
	}
	return errors.Join(errs...)
}

// listen takes the addresses before storage starts, so that a port in use is
// told at once.
func (s *server) listen(ctx context.Context) (err error) {
	if s.listener, err = s.listenOn(ctx, s.options.Listen); err != nil || s.options.Control == "" {
		return err
	}
	s.controlListener, err = s.listenOn(ctx, s.options.Control)
	return err
}

func (s *server) listenOn(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, &steps.EnvironmentError{
			Err:  fmt.Errorf("listen on %s: %w", address, err),
			Hint: "is the port in use? 127.0.0.1:0 takes a free one",
		}
	}
	s.onStop(func(context.Context) error {
		_ = listener.Close() // was closed by its server, if all went well
		return nil
	})
	return listener, nil
}

// start makes the fake.
func (s *server) start(context.Context) error {
	defects, err := defect.Choose(s.options.Defects...)
	if err != nil {
		return err
	}
	options, err := target.FakeOptions(
		target.Environment{TrainingKey: s.options.TrainingKey, ConnectionString: s.options.ConnectionString,
			Provoke: s.options.Provoke, AllowHosts: s.options.AllowHosts, Defects: defects},
	)
	if err != nil {
		return usage("check AZURE_STORAGE_CONNECTION_STRING", "%w", err)
	}
	options.TrainingDuration, options.ExportDuration, options.ImportDuration = s.options.TrainingTime, s.options.ExportTime, s.options.ImportTime
	options.Logger = s.log
	s.fake = customvision.New(options)
	s.redact = journal.Replacer(s.fake.TrainingKey(), s.account.Key())
	return nil
}

// startServing begins to answer.
func (s *server) startServing() {
	s.api = customvision.NewHTTPServer(s.fake, s.log)
	s.api.TLSConfig = s.tls
	serve := s.api.Serve
	if s.tls != nil {
		serve = func(l net.Listener) error { return s.api.ServeTLS(l, "", "") }
	}
	go func() { s.ended <- serve(s.listener) }()
	if s.controlListener == nil {
		return
	}
	s.control = customvision.NewHTTPServer(s.fake.Control(), s.log)
	go func() { s.ended <- s.control.Serve(s.controlListener) }()
}

// close answers what is running. The control plane is there to the end, and
// says that the fake is stopping.
func (s *server) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, s.options.Grace)
	defer cancel()
	completed := make(chan error, 1)
	go func() { completed <- s.fake.Close(ctx) }()
	if s.api.Shutdown(ctx) != nil {
		s.log.Warn("broke off calls that were still running", "after", s.options.Grace)
		_ = s.api.Close() // only what is closed already is in the way
	}
	if <-completed != nil {
		s.log.Warn("broke off work that was still being completed", "after", s.options.Grace)
	}
	if s.control != nil {
		_ = s.control.Close()
	}
}

// wait returns when the user ends the command, or something ends by itself.
func (s *server) wait(ctx context.Context) error {
	var ended <-chan struct{}
	if s.azurite != nil {
		ended = s.azurite.Done()
	}
	select {
	case <-ctx.Done():
		s.log.Info("stopping")
		return nil
	case err := <-s.ended:
		return &steps.EnvironmentError{Err: fmt.Errorf("the server ended by itself: %w", err)}
	case <-ended:
		return &steps.EnvironmentError{
			Err: fmt.Errorf("storage (Azurite) ended by itself; its last output:\n%s", s.azurite.Log()),
		}
	}
}
