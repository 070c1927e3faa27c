package main

import (
	"cmp"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/identity"
	"github.com/cvconform/cvconform/internal/testkit/azuritetls"
)

// TestStorageByIdentity runs the command as those do who reach storage by identity.
// Scripts find an account that is reached over https in BLOB_ACCOUNT and
// QUEUE_ACCOUNT, its authority in STORAGE_CA, the endpoint of a managed identity
// where such a machine has it, and the account's connection string in KEYED: it is
// for the service alone.
func TestStorageByIdentity(t *testing.T) {
	account := azuritetls.StartWithOAuth(t, time.Now())
	variables := map[string]string{
		"BLOB_ACCOUNT": account.BlobAccount(), "QUEUE_ACCOUNT": account.QueueAccount(), "STORAGE_CA": account.CAFile,
		"KEYED": account.ConnectionString(), "PROXY": proxy(t), "FREE": free(t), "SERVICE": serve(t, http.StatusUnauthorized, ""),
	}
	variables["REFUSING"], variables["REFUSING_CA"] = refusingStorage(t)
	for _, variable := range managed(t, identity.Options{}) {
		name, value, _ := strings.Cut(variable, "=")
		variables[name] = value
	}
	_, variables["EXPIRED"], _ = strings.Cut(managed(t, identity.Options{Header: "expired", Lifetime: -time.Hour})[0], "=")
	runScripts(t, "testdata/identity", variables)
}

// managed is the environment of a machine with a managed identity.
func managed(t *testing.T, o identity.Options) []string {
	endpoint := identity.New(o)
	server := httptest.NewServer(endpoint)
	t.Cleanup(server.Close)
	return endpoint.Environment(server.URL + "/msi/token")
}

// refusingStorage is storage, and a file with its authority, whose account refuses
// everything with the error code that it is called by. The account readonly takes
// what changes nothing.
func refusingStorage(t *testing.T) (url, authority string) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code, _, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
		w.Header().Set("Content-Type", "application/xml")
		switch {
		case code == "readonly" && r.Method == http.MethodGet:
			fmt.Fprint(w, `<?xml version="1.0"?><EnumerationResults><Containers/><Queues/></EnumerationResults>`)
			return
		case code == "readonly":
			code = "AuthorizationPermissionMismatch"
		}
		w.Header().Set("X-Ms-Error-Code", code)
		w.WriteHeader(cmp.Or(map[string]int{"InvalidAuthenticationInfo": 401, "ResourceNotFound": 404}[code], 403))
	}))
	t.Cleanup(s.Close)
	authority = filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(
		t,
		os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600),
	)
	return s.URL, authority
}
