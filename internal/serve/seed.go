package serve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/seed"
	"github.com/cvconform/cvconform/internal/userr"
)

// readSeed reads and checks the seed file at path. It returns nil if path is "".
func readSeed(path string) (*seed.Contents, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, userr.Usagef("", "Options.Seed: %w", err)
	}
	contents, err := seed.Read(data, os.DirFS(filepath.Dir(path)))
	if err == nil {
		err = contents.Check()
	}
	if err != nil {
		return nil, userr.Usagef("", "Options.Seed: %s: %w", path, err)
	}
	return contents, nil
}

// loadSeed loads the seed, if there is one, into the fake.
func (s *server) loadSeed(
	ctx context.Context, fake *customvision.Server, store store, contents *seed.Contents,
) (customvision.Seed, error) {
	if contents == nil {
		return customvision.Seed{}, nil
	}
	if err := prepareStorage(ctx, store, contents.Queues(), contents.Containers()); err != nil {
		return customvision.Seed{}, err
	}
	loaded := contents.In(
		func(name string) string { return store.account.QueueURI(nil, name) },
		func(name string) string { return store.account.ContainerURI(nil, name) },
	)
	err := fake.Seed(ctx, loaded)
	if err == nil || ctx.Err() != nil {
		return loaded, errors.Join(err, ctx.Err())
	}
	hint := ""
	if store.azurite == nil {
		hint = "create the queues and containers of the seed in the external storage first"
	}
	return customvision.Seed{}, userr.Usagef(hint, "Options.Seed: %s: %w", s.options.Seed, err)
}

// prepareStorage creates the queues and containers of the seed in Azurite. External
// storage is only checked to be reachable.
func prepareStorage(ctx context.Context, store store, queues, containers []string) error {
	if store.azurite != nil {
		if err := store.create(ctx, queues, containers); err != nil {
			return fmt.Errorf("create the storage of the seed: %w", err)
		}
		return nil
	}
	if len(queues)+len(containers) == 0 {
		return nil
	}
	if err := store.account.Ping(ctx); err != nil && ctx.Err() == nil {
		return userr.Environmentf("", "connect to the storage of the seed: %w", err)
	}
	return ctx.Err()
}
