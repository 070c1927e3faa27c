package serve

import (
	"context"
	"crypto/x509"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/userr"
)

// A store is the storage of the fake.
type store struct {
	azurite          *azurite.Instance // nil for external storage
	account          *storage.Account
	connectionString string
	roots            *x509.CertPool // that the fake trusts; nil means those of the system
}

// openStorage connects to external storage, or starts Azurite.
func (s *server) openStorage(ctx context.Context, roots *x509.CertPool) (store, error) {
	opened := store{connectionString: s.options.ConnectionString, roots: roots}
	if s.options.Storage != "external" {
		started, err := s.startAzurite(ctx)
		if err != nil {
			return store{}, err
		}
		opened.azurite, opened.connectionString = started, started.ConnectionString()
	}
	account, err := storage.Open(opened.connectionString, storage.Options{Roots: opened.roots})
	if err != nil {
		return store{}, userr.Usagef(connectionHint, "%w", err)
	}
	opened.account = account
	return opened, nil
}

func (s *server) startAzurite(ctx context.Context) (*azurite.Instance, error) {
	o := azurite.Options{Image: s.options.AzuriteImage, RunID: "serve", Progress: func(line string) { s.log.Info(line) }}
	if s.options.Storage != "auto" {
		o.Kind = azurite.Kind(s.options.Storage)
	}
	started, err := azurite.Start(ctx, o)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &userr.EnvironmentError{Err: err}
	}
	s.onStop(started.Stop)
	return started, nil
}

// create creates queues and containers.
func (s store) create(ctx context.Context, queues, containers []string) error {
	for _, name := range queues {
		if err := s.account.CreateQueue(ctx, name); err != nil {
			return err
		}
	}
	for _, name := range containers {
		if err := s.account.CreateContainer(ctx, name); err != nil {
			return err
		}
	}
	return nil
}
