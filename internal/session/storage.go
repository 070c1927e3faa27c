package session

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/cleanup"
	"github.com/cvconform/cvconform/internal/docker"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/userr"
)

// cleanupTimeout bounds the deletion of all queues and containers of a run.
const cleanupTimeout = 2 * time.Minute

// Storage is the storage account of a run, opened and reached.
type Storage struct {
	Account *storage.Account
	Azurite *azurite.Instance // nil for external storage
	Network *docker.Network   // nil if the service does not run in a container

	kind       string
	connection string
	roots      *x509.CertPool // trusted certificate authorities; nil means those of the system
}

// OpenStorage starts Azurite, or opens the external account, and makes sure that
// the harness can use it. For a service in a container it also creates the
// network that both join.
func OpenStorage(ctx context.Context, s Settings, notes *Notes, cleanups *Cleanups) (*Storage, error) {
	network, err := createNetwork(ctx, s.Target, notes, cleanups)
	if err != nil {
		return nil, err
	}
	st := &Storage{
		Azurite:    s.Storage.Shared,
		Network:    network,
		kind:       s.Storage.Kind,
		connection: s.Storage.ConnectionString,
		roots:      s.storageOptions().Roots,
	}
	if st.Azurite == nil && !s.Storage.External() {
		if st.Azurite, err = StartAzurite(ctx, s.Storage, network, notes, cleanups); err != nil {
			return nil, err
		}
	}
	if st.Azurite != nil {
		st.connection = st.Azurite.ConnectionString()
	}
	if st.Account, err = s.OpenAccount(st.connection); err != nil {
		return nil, err
	}
	if _, err := s.UsesGateway(st.Account); err != nil {
		return nil, err
	}
	notes.Redactor.AddSecret("account-key", st.Account.Key())
	if err := st.Account.Ping(ctx); err != nil {
		return nil, s.storageError(err)
	}
	st.reportVersions(ctx, notes)
	cleanups.Add(func(ctx context.Context) error { return deleteRunResources(ctx, s, st.Account, notes) })
	return st, s.checkStoragePermissions(ctx, st.Account, notes.RunID)
}

// reportVersions reports as progress whether external storage refuses the API version of the newest SDKs. A service
// that sends it cannot be judged there. Storage that fails here is found out later.
func (st *Storage) reportVersions(ctx context.Context, notes *Notes) {
	if st.kind != "external" || st.Azurite != nil {
		return
	}
	if version, err := st.Account.RefusedVersion(ctx); err == nil && version != "" {
		notes.Progressf("storage refuses API version %s, which the newest SDKs send; if the service sends it, "+
			"start Azurite with --skipApiVersionCheck", version)
	}
}

// createNetwork creates the private network of a service that runs in a
// container; nil for other services.
func createNetwork(ctx context.Context, t Target, notes *Notes, cleanups *Cleanups) (*docker.Network, error) {
	if !t.InContainer() {
		return nil, nil
	}
	if err := docker.Probe(ctx); err != nil {
		return nil, userr.Environmentf("start Docker, or choose another target",
			"target %s needs a Docker engine: %w", t, err)
	}
	removeOrphans(ctx, notes)
	network, err := docker.NewNetwork(ctx, notes.RunID)
	if err != nil {
		return nil, &userr.EnvironmentError{Err: err}
	}
	cleanups.Add(network.Remove)
	return network, nil
}

// removeOrphans removes the containers, networks and images of ended processes.
func removeOrphans(ctx context.Context, notes *Notes) {
	c := &cleanup.Cleaner{}
	err := c.Docker(ctx)
	if err = errors.Join(append(c.Failed(), err)...); err != nil {
		notes.Warn("containers of earlier runs could not be removed: %v", err)
	}
	if n := c.Deleted(); n > 0 {
		notes.Progressf("removed %d containers and networks that earlier runs left behind", n)
	}
}

// StartAzurite starts an Azurite. network is the one that its container joins;
// nil means none.
func StartAzurite(
	ctx context.Context,
	s StorageSettings,
	network *docker.Network,
	notes *Notes,
	cleanups *Cleanups,
) (*azurite.Instance, error) {
	o := azurite.Options{
		Image:    s.AzuriteImage,
		CacheDir: s.CacheDir,
		RunID:    notes.RunID,
		Progress: func(line string) { notes.Progressf("%s", line) },
	}
	if s.Kind != "auto" {
		o.Kind = azurite.Kind(s.Kind)
	}
	if network != nil {
		o.Network = network.Name
	}
	started, err := azurite.Start(ctx, o)
	if err != nil {
		hint := ""
		var unavailable *azurite.UnavailableError
		if errors.As(err, &unavailable) {
			hint = unavailable.Remedy()
		}
		return nil, &userr.EnvironmentError{Err: err, Hint: hint}
	}
	cleanups.Add(started.Stop)
	if started.Kind == azurite.Container && network == nil {
		removeOrphans(ctx, notes)
	}
	notes.Progressf(
		"storage: Azurite %s (%s) at %s and %s",
		started.Version,
		started.Kind,
		started.BlobURL,
		started.QueueURL,
	)
	return started, nil
}

// storageOptions returns how the storage is reached.
func (s Settings) storageOptions() storage.Options {
	o := s.Storage.Options
	o.Dial = s.Network.Dial
	if o.Roots == nil {
		o.Roots = s.Network.Roots
	}
	return o
}

// OpenAccount opens the account of the run: with an identity, or with this
// connection string.
func (s Settings) OpenAccount(connection string) (*storage.Account, error) {
	o := s.storageOptions()
	if s.Storage.Kind == "azure" {
		a, err := storage.OpenIdentity(s.Storage.Blob, s.Storage.Queue, o)
		if err != nil {
			return nil, s.storageError(err)
		}
		return a, nil
	}
	a, err := storage.Open(connection, o)
	if err != nil {
		return nil, userr.Usagef("check Config.ConnectionString", "invalid storage connection string: %w", err)
	}
	return a, nil
}

// checkStoragePermissions makes sure, before anything is judged, that the
// identity of the harness may create and delete queues and containers. A role
// that only allows reading is not enough. An account key allows everything.
func (s Settings) checkStoragePermissions(ctx context.Context, a *storage.Account, runID string) error {
	if s.Storage.Kind != "azure" {
		return nil
	}
	var attempts []func() error
	if s.Criteria.Profile.Queue {
		queue := naming.Queue(runID, 0, 2)
		attempts = append(attempts,
			func() error { return a.CreateQueue(ctx, queue) },
			func() error { return a.DeleteQueue(ctx, queue) })
	}
	if s.Criteria.Profile.Container {
		container := naming.Container(runID, 0, 3)
		attempts = append(attempts,
			func() error { return a.CreateContainer(ctx, container) },
			func() error { return a.DeleteContainer(ctx, container) })
	}
	for _, attempt := range attempts {
		if err := attempt(); err != nil {
			return s.storageError(err)
		}
	}
	return nil
}

// deleteRunResources deletes the queues and containers of the run that still
// exist. Those of an Azurite of the run end with it, so it is no error if they
// cannot be deleted.
func deleteRunResources(ctx context.Context, s Settings, a *storage.Account, notes *Notes) error {
	ctx, cancel := context.WithTimeout(ctx, cleanupTimeout)
	defer cancel()
	c := &cleanup.Cleaner{Match: cleanup.OfRun(notes.RunID)}
	err := c.Storage(ctx, a, naming.RunPrefix(notes.RunID))
	err = errors.Join(append(c.Failed(), err)...)
	if err == nil || s.Storage.External() {
		return leftBehindError(err, notes.RunID)
	}
	notes.Progressf("warning: the end of Azurite has to delete what could not be deleted: %v", err)
	return nil
}

// leftBehindError returns the error for things that a run created and did not
// delete; nil if err is nil.
func leftBehindError(err error, runID string) error {
	if err == nil {
		return nil
	}
	hint := fmt.Sprintf("steps.Clean with CleanConfig.Run %s deletes them", runID)
	return &userr.LeftBehindError{Err: err, RunID: runID, Hint: hint}
}

// Description returns the kind of the storage, and its version if it is known.
func (st *Storage) Description() (kind, version string) {
	if st.Azurite != nil {
		return string(st.Azurite.Kind), st.Azurite.Version
	}
	return st.kind, ""
}

// ConnectionString returns the connection string of the account as the harness
// reaches it.
func (st *Storage) ConnectionString() string { return st.connection }
