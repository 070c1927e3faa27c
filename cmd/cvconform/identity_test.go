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

// TestStorageByIdentity runs the command with storage that is accessed by identity. The
// scripts get the URLs of an https account in BLOB_ACCOUNT and QUEUE_ACCOUNT, its
// certificate authority in STORAGE_CA, the endpoint of a managed identity in the usual
// variables, and the connection string, which only the service may use, in KEYED.
func TestStorageByIdentity(t *testing.T) {
	account := azuritetls.StartWithOAuth(t, time.Now())
	variables := map[string]string{
		"BLOB_ACCOUNT": account.BlobAccount(), "QUEUE_ACCOUNT": account.QueueAccount(), "STORAGE_CA": account.CAFile,
		"KEYED": account.ConnectionString(), "PROXY": startProxy(t), "FREE": freePort(t),
		"SERVICE": serve(t, http.StatusUnauthorized, ""),
	}
	variables["REFUSING"], variables["REFUSING_CA"] = refusingStorage(t)
	for _, variable := range managedIdentity(t, identity.Options{}) {
		name, value, _ := strings.Cut(variable, "=")
		variables[name] = value
	}
	expired := managedIdentity(t, identity.Options{Header: "expired", Lifetime: -time.Hour})
	_, variables["EXPIRED"], _ = strings.Cut(expired[0], "=")
	runScripts(t, "testdata/identity", variables)
}

// managedIdentity returns the environment of a machine with a managed identity.
func managedIdentity(t *testing.T, o identity.Options) []string {
	endpoint := identity.New(o)
	server := httptest.NewServer(endpoint)
	t.Cleanup(server.Close)
	return endpoint.Environment(server.URL + "/msi/token")
}

// refusingStorage returns the URL and the CA file of storage that refuses every request
// with an error code, which is the name of the account. The account readonly accepts
// requests that change nothing.
func refusingStorage(t *testing.T) (url, caFile string) {
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
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(
		t,
		os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600),
	)
	return s.URL, caFile
}
