package steps

import (
	"context"
	"errors"
	"fmt"

	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/target"
)

// setAzure reads the addresses of an account that is reached by identity.
func setAzure(s *settings) (err error) {
	switch {
	case s.BlobAccount == "":
		return &UsageError{
			Err:  errors.New("azure storage needs its account"),
			Hint: "give --blob-account NAME, or the https URLs with --blob-account and --queue-account",
		}
	case s.target.Kind != target.Endpoint && !s.cleanOnly:
		return &UsageError{
			Err: fmt.Errorf(
				"target %s is given the account's key, and storage azure, which is reached by identity, has none to give",
				s.target,
			),
			Hint: "--storage auto gives it an Azurite, --storage external an account by its connection string; azure is for an http(s) target",
		}
	}
	if s.blob, s.queue, err = storage.Endpoints(s.BlobAccount, s.QueueAccount); err != nil {
		return &UsageError{
			Err:  err,
			Hint: "give --blob-account NAME, or the https URLs with --blob-account and --queue-account",
		}
	}
	return nil
}

// rejectAccounts refuses the addresses of an account that is not used.
func rejectAccounts(s *settings) error {
	if s.BlobAccount == "" && s.QueueAccount == "" {
		return nil
	}
	return &UsageError{
		Err:  fmt.Errorf("storage %s takes no blob account and no queue account", s.Storage),
		Hint: "--storage azure does",
	}
}

// usesExternalStorage says whether the storage goes on after the run.
func (s settings) usesExternalStorage() bool { return s.Storage == "external" || s.Storage == "azure" }

// secureStorage says whether the storage is reached over TLS. What is wrong with a
// connection string is for [settings.open] to say.
func (s settings) secureStorage() bool {
	if s.Storage != "external" {
		return s.Storage == "azure"
	}
	a, err := storage.Open(s.ConnectionString, storage.Options{})
	return err == nil && (a.BlobEndpoint().Scheme == "https" || a.QueueEndpoint().Scheme == "https")
}

// open opens the account of the run: by identity, or by this connection string.
func (s settings) open(connection string) (*storage.Account, error) {
	o := s.storageOptions
	o.Dial = s.dial
	if o.Roots == nil {
		o.Roots = s.reach.roots
	}
	if s.Storage == "azure" {
		a, err := storage.OpenIdentity(s.blob, s.queue, o)
		if err != nil {
			return nil, s.storageError(err)
		}
		return a, nil
	}
	a, err := storage.Open(connection, o)
	if err != nil {
		return nil, &UsageError{
			Err:  fmt.Errorf("the connection string of the storage: %w", err),
			Hint: "check AZURE_STORAGE_CONNECTION_STRING",
		}
	}
	return a, nil
}

// checkStoragePermissions makes sure, before anything is judged, that the harness may make and
// remove what a run needs in storage that it reaches by identity: a role that lets it
// read is not enough. With an account's key everything is allowed.
func (h *Session) checkStoragePermissions(ctx context.Context) error {
	if h.Storage != "azure" {
		return nil
	}
	queue, container := naming.Queue(h.id, 0, 2), naming.Container(h.id, 0, 3)
	var tries []func() error
	if h.profile.Queue {
		tries = append(
			tries,
			func() error { return h.account.CreateQueue(ctx, queue) },
			func() error { return h.account.DeleteQueue(ctx, queue) },
		)
	}
	if h.profile.Container {
		tries = append(
			tries,
			func() error { return h.account.CreateContainer(ctx, container) },
			func() error { return h.account.DeleteContainer(ctx, container) },
		)
	}
	for _, try := range tries {
		if err := try(); err != nil {
			return h.storageError(err)
		}
	}
	return nil
}
