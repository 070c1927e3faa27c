package session

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/cleanup"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/testkit/azuritetls"
	"github.com/cvconform/cvconform/internal/userr"
)

// azureSettings returns settings with azure storage.
func azureSettings(t *testing.T, blob, queue string, access storage.Options) Settings {
	t.Helper()
	s, err := Fake(StorageSettings{Kind: "azure", Options: access}, nil)
	require.NoError(t, err)
	s.Storage.Blob, s.Storage.Queue, err = storage.Endpoints(blob, queue)
	require.NoError(t, err)
	s.Target.Spec = target.Spec{Kind: target.Endpoint, Value: "http://127.0.0.1:1"}
	return s
}

// openStorage opens the storage of a run. The test runs the cleanups.
func openStorage(t *testing.T, s Settings) (*Storage, *Notes, *Cleanups, error) {
	t.Helper()
	notes, cleanups := NewNotes(s), &Cleanups{}
	st, err := OpenStorage(t.Context(), s, notes, cleanups)
	return st, notes, cleanups, err
}

// noToken is a credential without tokens.
type noToken struct{}

func (noToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, errors.New("not signed in")
}

// startDenyingAccount starts an account at 127.0.0.1 that refuses every request.
func startDenyingAccount(t *testing.T) (string, *x509.CertPool) {
	t.Helper()
	server := httptest.NewTLSServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }),
	)
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server.URL + "/devstoreaccount1", roots
}

func TestUnreachableAzureStorageHasAHint(t *testing.T) {
	url, roots := startDenyingAccount(t)
	anyToken := azuritetls.AnyToken{Now: time.Now}
	for name, c := range map[string]struct {
		settings   Settings
		want, hint string
	}{
		"no credential": {
			azureSettings(t, "fruit", "", storage.Options{Credential: noToken{}}), "no token for storage: not signed in",
			"sign in with az login (AZURE_TOKEN_CREDENTIALS=dev leaves out the identity of the machine), " +
				"or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
		},
		"no roles": {
			azureSettings(t, url, url, storage.Options{Credential: anyToken, Roots: roots}), "storage returned 403",
			"the identity that runs cvconform needs the roles Storage Blob Data Contributor and " +
				"Storage Queue Data Contributor on the account; it may take half an hour until they are effective",
		},
		"no account": {
			azureSettings(t, "fruit", "", storage.Options{Credential: anyToken}), "no route",
			"are Config.BlobAccount and Config.QueueAccount right, and can this machine reach them " +
				"(firewall, private endpoint)?",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.settings
			if name == "no account" {
				s.Network.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route") }
			}
			_, _, _, err := openStorage(t, s)
			assert.Equal(t, c.hint, userr.Hint(err))
			s.Criteria.Budgets[budget.Request] = time.Millisecond // the target does not respond
			run := naming.RunID(time.Now(), 1)
			for _, err := range []error{err, Clean(t.Context(), s, CleanSelection{Run: run})} {
				var unavailable *userr.EnvironmentError
				require.ErrorAs(t, err, &unavailable)
				assert.ErrorContains(t, err, c.want)
				assert.NotContains(t, err.Error(), "Bearer")
			}
		})
	}
}

func TestCleanDeletesLeftoversInAzureStorage(t *testing.T) {
	t.Parallel()
	server := azuritetls.StartWithOAuth(t, time.Now())
	blob, queue := server.BlobURL.JoinPath(azurite.AccountName), server.QueueURL.JoinPath(azurite.AccountName)
	access := storage.Options{Credential: azuritetls.AnyToken{Now: time.Now}, Roots: server.Roots}
	account, err := storage.OpenIdentity(blob, queue, access)
	require.NoError(t, err)
	run := naming.RunID(time.Now(), 1)
	require.NoError(t, account.CreateQueue(t.Context(), naming.Queue(run, 1, 1)))
	require.NoError(t, account.CreateContainer(t.Context(), naming.Container(run, 1, 2)))
	require.NoError(t, account.CreateContainer(t.Context(), "cvc-backup"))
	var removed []string
	s := azureSettings(t, blob.String(), queue.String(), access)
	_ = Clean(t.Context(), s, CleanSelection{Run: run, OnLeftover: func(l cleanup.Leftover) {
		if assert.True(t, l.Removed, l.KeptBecause) {
			removed = append(removed, l.Kind)
		}
	}})
	assert.Equal(t, []string{"queue", "container"}, removed)
	queues, containers, err := account.Names(t.Context(), naming.Prefix)
	require.NoError(t, err)
	assert.Empty(t, queues)
	assert.Equal(t, []string{"cvc-backup"}, containers)
}

func TestAzureStorageRefusesTheGateway(t *testing.T) {
	url, roots := startDenyingAccount(t)
	s := azureSettings(t, url, url, storage.Options{Credential: azuritetls.AnyToken{Now: time.Now}, Roots: roots})
	s.Gateway.Host = "127.0.0.1"
	_, _, _, err := openStorage(t, s)
	var usage *userr.UsageError
	require.ErrorAs(t, err, &usage)
	assert.ErrorContains(t, err, "a gateway cannot be used with storage azure")
	assert.Equal(t, "leave Config.GatewayListen out: storage is polled instead", userr.Hint(err))
}

func TestRunDeletesItsResourcesInAzureStorage(t *testing.T) {
	t.Parallel()
	server := azuritetls.StartWithOAuth(t, time.Now())
	access := storage.Options{Credential: azuritetls.AnyToken{Now: time.Now}, Roots: server.Roots}
	st, notes, cleanups, err := openStorage(t, azureSettings(t, server.BlobAccount(), server.QueueAccount(), access))
	require.NoError(t, err)
	require.NoError(t, st.Account.CreateQueue(t.Context(), naming.Queue(notes.RunID, 1, 1)))
	require.NoError(t, st.Account.CreateContainer(t.Context(), naming.Container(notes.RunID, 1, 2)))
	kind, _ := st.Description()
	assert.Equal(t, "azure", kind)
	require.NoError(t, cleanups.Run(t.Context()))
	queues, containers, err := st.Account.Names(t.Context(), naming.Prefix)
	require.NoError(t, err)
	assert.Empty(t, append(queues, containers...))
}

func TestInvalidConnectionStringIsAUsageError(t *testing.T) {
	_, _, _, err := openStorage(t, settingsFor(t, "", "AccountName", Gateway{}))
	var usage *userr.UsageError
	require.ErrorAs(t, err, &usage)
	assert.ErrorContains(t, err, "invalid storage connection string: ")
	assert.Equal(t, "check Config.ConnectionString", userr.Hint(err))
}
