package steps

import (
	"errors"
	"fmt"

	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/target"
)

// setAzure reads the addresses of an account that is reached by identity.
func setAzure(s *settings) (err error) {
	switch {
	case s.BlobAccount == "":
		return &UsageError{Err: errors.New("azure storage needs its account"), Hint: "give --blob-account NAME, or the https URLs with --blob-account and --queue-account"}
	case s.target.Kind != target.Endpoint:
		return &UsageError{Err: fmt.Errorf("target %s is given the account's key, and storage azure, which is reached by identity, has none to give", s.target),
			Hint: "use --storage external with a connection string, or an http(s) target"}
	}
	if s.blob, s.queue, err = storage.Endpoints(s.BlobAccount, s.QueueAccount); err != nil {
		return &UsageError{Err: err, Hint: "give --blob-account NAME, or the https URLs with --blob-account and --queue-account"}
	}
	return nil
}

// withoutAccounts refuses the addresses of an account that is not used.
func withoutAccounts(s *settings) error {
	if s.BlobAccount == "" && s.QueueAccount == "" {
		return nil
	}
	return &UsageError{Err: fmt.Errorf("storage %s takes no blob account and no queue account", s.Storage), Hint: "--storage azure does"}
}

// lasting says whether the storage goes on after the run.
func (s settings) lasting() bool { return s.Storage == "external" || s.Storage == "azure" }

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
	o := s.access
	o.Dial = s.dial
	if o.Roots == nil {
		o.Roots = s.reach.roots
	}
	if s.Storage == "azure" {
		a, err := storage.OpenIdentity(s.blob, s.queue, o)
		if err != nil {
			return nil, s.unreached(err)
		}
		return a, nil
	}
	a, err := storage.Open(connection, o)
	if err != nil {
		return nil, &UsageError{Err: fmt.Errorf("the connection string of the storage: %w", err), Hint: "check AZURE_STORAGE_CONNECTION_STRING"}
	}
	return a, nil
}
