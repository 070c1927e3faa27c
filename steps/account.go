package steps

import (
	"fmt"

	"github.com/cvconform/cvconform/internal/storage"
)

// lasting says whether the storage goes on after the run.
func (s settings) lasting() bool { return s.Storage == "external" }

// open opens the account of the run.
func (s settings) open(connection string) (*storage.Account, error) {
	a, err := storage.Open(connection, storage.Options{Dial: s.dial})
	if err != nil {
		return nil, &UsageError{Err: fmt.Errorf("the connection string of the storage: %w", err), Hint: "check AZURE_STORAGE_CONNECTION_STRING"}
	}
	return a, nil
}
