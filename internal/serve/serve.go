package serve

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/userr"
)

// Run serves until ctx is cancelled or Options.Command has ended, and then completes the requests in progress. It
// returns a [CommandError] if the command failed, a [userr.UsageError] if the options are invalid, a
// [userr.EnvironmentError] if storage or an address is not available or is lost, and the error of ctx if that is
// cancelled before the server is ready.
func Run(ctx context.Context, o Options) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	if o.Grace == 0 {
		o.Grace = DefaultGrace
	}
	s := &server{options: o, secrets: newRedactor(o.TrainingKey)}
	s.log = newLogger(o, s.secrets)
	defer func() { err = errors.Join(err, s.cleanUp(context.WithoutCancel(ctx))) }()
	return s.run(ctx)
}

// run performs the steps of the start-up in the order of their cost: files, addresses,
// storage.
func (s *server) run(ctx context.Context) error {
	contents, err := readSeed(s.options.Seed)
	if err != nil {
		return err
	}
	certificate, err := s.setUpTLS()
	if err != nil {
		return err
	}
	listeners, err := s.listen(ctx)
	if err != nil {
		return err
	}
	store, err := s.openStorage(ctx, certificate.roots)
	if err != nil {
		return err
	}
	fake, err := s.newFake(store)
	if err != nil {
		return err
	}
	seed, err := s.loadSeed(ctx, fake, store, contents)
	if err != nil {
		return err
	}
	running := s.startServing(fake, listeners, certificate)
	defer s.shutDown(context.WithoutCancel(ctx), running)
	a := announcement{s.options, fake.TrainingKey(), listeners, certificate, store, seed}
	if len(s.options.Command) > 0 {
		if err := s.writeEnvFile(a); err != nil {
			return err
		}
		return s.runCommand(ctx, a.variables())
	}
	if err := s.announce(ctx, a); err != nil && ctx.Err() == nil {
		return err
	}
	return s.wait(ctx, running, store)
}

// newFake creates the fake, and registers its keys as secrets.
func (s *server) newFake(store store) (*customvision.Server, error) {
	defects, err := defect.Choose(s.options.Defects...)
	if err != nil {
		return nil, err
	}
	options, err := target.FakeOptions(target.Environment{
		TrainingKey:      s.options.TrainingKey,
		ConnectionString: store.connectionString,
		FakeSettings: target.FakeSettings{
			Provoke:    s.options.Provoke,
			AllowHosts: s.options.AllowHosts,
			Defects:    defects,
			Roots:      store.roots,
			Readings:   map[string]string{reading.MessageEncoding: s.options.MessageEncoding},
		},
	})
	if err != nil {
		return nil, userr.Usagef(connectionHint, "%w", err)
	}
	options.TrainingDuration = s.options.TrainingTime
	options.ExportDuration = s.options.ExportTime
	options.ImportDuration = s.options.ImportTime
	options.TestFolder = s.options.TestFolder
	options.Logger = s.log
	fake := customvision.New(options)
	s.secrets.setKeys(fake.TrainingKey(), store.account.Key())
	return fake, nil
}

// A serving is the fake with its HTTP servers.
type serving struct {
	fake    *customvision.Server
	api     *http.Server
	control *http.Server // nil if there is no control plane
	failed  chan error   // receives the error of an HTTP server that ends
}

// startServing starts the HTTP servers.
func (s *server) startServing(fake *customvision.Server, l listeners, c certificate) serving {
	running := serving{fake: fake, api: customvision.NewHTTPServer(fake, s.log), failed: make(chan error, 2)}
	running.api.TLSConfig = c.config
	serve := running.api.Serve
	if c.config != nil {
		serve = func(l net.Listener) error { return running.api.ServeTLS(l, "", "") }
	}
	go func() { running.failed <- serve(defect.RecordHeaderNames(l.api)) }()
	if l.control != nil {
		running.control = customvision.NewHTTPServer(fake.Control(), s.log)
		go func() { running.failed <- running.control.Serve(l.control) }()
	}
	return running
}

// shutDown completes the requests and the work in progress. The control plane serves
// until the end, and reports that the fake is stopping.
func (s *server) shutDown(ctx context.Context, running serving) {
	ctx, cancel := context.WithTimeout(ctx, s.options.Grace)
	defer cancel()
	completed := make(chan error, 1)
	go func() { completed <- running.fake.Close(ctx) }()
	if running.api.Shutdown(ctx) != nil {
		s.log.Warn("aborted requests in progress", "after", s.options.Grace)
		_ = running.api.Close() // the listener is closed already
	}
	if <-completed != nil {
		s.log.Warn("aborted work in progress", "after", s.options.Grace)
	}
	if running.control != nil {
		_ = running.control.Close()
	}
}

// wait returns nil when ctx is cancelled, and an error if an HTTP server or Azurite ends
// before.
func (s *server) wait(ctx context.Context, running serving, store store) error {
	var storageEnded <-chan struct{}
	if store.azurite != nil {
		storageEnded = store.azurite.Done()
	}
	select {
	case <-ctx.Done():
		s.log.Info("stopping")
		return nil
	case err := <-running.failed:
		return userr.Environmentf("", "the HTTP server stopped: %w", err)
	case <-storageEnded:
		return userr.Environmentf("", "the storage (Azurite) stopped; its last output:\n%s", store.azurite.Log())
	}
}
