package main

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cvconform/cvconform/fakes/identity"
	"github.com/cvconform/cvconform/internal/azurite/azuritetest"
)

// TestStorageByIdentity runs the command as those do who reach storage by identity.
// Scripts find an account that is reached over https in BLOB_ACCOUNT and
// QUEUE_ACCOUNT, its authority in STORAGE_CA, the endpoint of a managed identity
// where such a machine has it, and the account's connection string in KEYED: it is
// for the service alone.
func TestStorageByIdentity(t *testing.T) {
	account := azuritetest.StartOAuth(t, time.Now())
	variables := map[string]string{
		"BLOB_ACCOUNT": account.BlobAccount(), "QUEUE_ACCOUNT": account.QueueAccount(), "STORAGE_CA": account.CAFile,
		"KEYED": account.ConnectionString(), "PROXY": proxy(t), "FREE": free(t),
	}
	endpoint := identity.New(identity.Options{})
	server := httptest.NewServer(endpoint)
	t.Cleanup(server.Close)
	for _, variable := range endpoint.Environment(server.URL + "/msi/token") {
		name, value, _ := strings.Cut(variable, "=")
		variables[name] = value
	}
	runScripts(t, "testdata/identity", variables)
}
