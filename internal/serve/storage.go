package serve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/fakes/customvision/seed"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/steps"
)

// startStorage opens external storage, or starts an Azurite.
func (s *server) startStorage(ctx context.Context) (err error) {
	if s.options.Storage != "external" {
		if err := s.startAzurite(ctx); err != nil {
			return err
		}
	}
	if s.account, err = storage.Open(s.options.ConnectionString, storage.Options{}); err != nil {
		return usage("check AZURE_STORAGE_CONNECTION_STRING", "%w", err)
	}
	return nil
}

func (s *server) startAzurite(ctx context.Context) error {
	o := azurite.Options{Image: s.options.AzuriteImage, RunID: "serve", Progress: func(line string) { s.log.Info(line) }}
	if s.options.Storage != "auto" {
		o.Kind = azurite.Kind(s.options.Storage)
	}
	started, err := azurite.Start(ctx, o)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &steps.EnvironmentError{Err: err}
	}
	s.azurite, s.options.ConnectionString = started, started.ConnectionString()
	s.onStop(started.Stop)
	return nil
}

// readSeed reads the seed file, and finds what is wrong with it before storage
// starts.
func (s *server) readSeed() error {
	name := s.options.Seed
	if name == "" {
		return nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return usage("", "--seed: %w", err)
	}
	if s.contents, err = seed.Read(data, os.DirFS(filepath.Dir(name))); err == nil {
		err = s.contents.Check()
	}
	if err != nil {
		return usage("", "--seed: %s: %w", name, err)
	}
	return nil
}

// loadSeed puts the seed into the fake.
func (s *server) loadSeed(ctx context.Context) error {
	if s.contents == nil {
		return nil
	}
	if err := s.prepare(ctx, s.contents.Queues(), s.contents.Containers()); err != nil {
		return err
	}
	s.seed = s.contents.In(
		func(name string) string { return s.account.QueueURI(nil, name) },
		func(name string) string { return s.account.ContainerURI(nil, name) },
	)
	err := s.fake.Seed(ctx, s.seed)
	if err == nil || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	hint := ""
	if s.azurite == nil {
		hint = "the queues and containers of a seed have to be there in external storage"
	}
	return usage(hint, "--seed: %s: %w", s.options.Seed, err)
}

// prepare makes the queues and containers that the seed names in an Azurite of
// its own; external storage has to be reached at least.
func (s *server) prepare(ctx context.Context, queues, containers []string) error {
	if s.azurite != nil {
		if err := s.makeStorage(ctx, queues, containers); err != nil {
			return fmt.Errorf("make the storage of --seed: %w", err)
		}
		return nil
	}
	if len(queues)+len(containers) == 0 {
		return nil
	}
	if err := s.account.Ping(ctx); err != nil && ctx.Err() == nil {
		return &steps.EnvironmentError{Err: fmt.Errorf("reach the storage of --seed: %w", err)}
	}
	return ctx.Err()
}

func (s *server) makeStorage(ctx context.Context, queues, containers []string) error {
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
