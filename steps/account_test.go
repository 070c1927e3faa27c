package steps

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
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/testkit/azuritetls"
)

// byIdentity is a configuration with azure storage.
func byIdentity(blob, queue string, access storage.Options) Config {
	return Config{
		Target:         "http://127.0.0.1:1",
		TrainingKey:    "k",
		Storage:        "azure",
		BlobAccount:    blob,
		QueueAccount:   queue,
		storageOptions: access,
	}
}

// nobody has no token.
type nobody struct{}

func (nobody) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, errors.New("not signed in")
}

// denying is an account that lets nobody in, at 127.0.0.1.
func denying(t *testing.T) (string, *x509.CertPool) {
	t.Helper()
	server := httptest.NewTLSServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }),
	)
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server.URL + "/devstoreaccount1", roots
}

func TestStorageByIdentityThatIsNotReached(t *testing.T) {
	url, roots := denying(t)
	nowhere := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route") }
	for name, c := range map[string]struct {
		config     Config
		want, hint string
	}{
		"no credential": {byIdentity("fruit", "", storage.Options{Credential: nobody{}}),
			"no token for storage: not signed in",
			"sign in with az login (AZURE_TOKEN_CREDENTIALS=dev leaves out what a machine has by itself), or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"},
		"no roles": {byIdentity(url, url, storage.Options{Credential: azuritetls.AnyToken{Now: time.Now}, Roots: roots}), "storage answered 403",
			"whoever runs cvconform needs the roles Storage Blob Data Contributor and Storage Queue Data Contributor on the account; it may take half an hour until they hold"},
		"no account": {byIdentity("fruit", "", storage.Options{Credential: azuritetls.AnyToken{Now: time.Now}}), "no route",
			"are --blob-account and --queue-account right, and may this machine reach them (firewall, private endpoint)?"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "no account" {
				c.config.dial = nowhere
			}
			s, err := c.config.settings()
			require.NoError(t, err)
			h := New(s, nil)
			for _, err := range []error{h.openStorage(t.Context()), Clean(t.Context(), CleanConfig{Config: withoutTarget(c.config), Run: h.id})} {
				var missing *EnvironmentError
				require.ErrorAs(t, err, &missing)
				assert.ErrorContains(t, err, c.want)
				assert.NotContains(t, err.Error(), "Bearer")
			}
			assert.Equal(t, c.hint, Hint(New(s, nil).openStorage(t.Context())))
		})
	}
}

// withoutTarget is a configuration whose target answers nothing.
func withoutTarget(c Config) Config {
	c.Budgets = map[string]time.Duration{"request": time.Millisecond}
	return c
}

// What a run left in an account that is reached by identity is removed by the same
// identity.
func TestCleanByIdentity(t *testing.T) {
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
	_ = Clean(
		t.Context(),
		CleanConfig{Config: byIdentity(blob.String(), queue.String(), access), Run: run, OnLeftover: func(l Leftover) {
			if assert.True(t, l.Removed, l.KeptBecause) {
				removed = append(removed, l.Kind)
			}
		}},
	)
	assert.Equal(t, []string{"queue", "container"}, removed)
	queues, containers, err := account.Names(t.Context(), naming.Prefix)
	require.NoError(t, err)
	assert.Empty(t, queues)
	assert.Equal(t, []string{"cvc-backup"}, containers)
}

func TestNoGatewayStandsBeforeStorageByIdentity(t *testing.T) {
	url, roots := denying(t)
	config := byIdentity(url, url, storage.Options{Credential: azuritetls.AnyToken{Now: time.Now}, Roots: roots})
	config.GatewayListen = "127.0.0.1"
	s, err := config.settings()
	require.NoError(t, err)
	err = New(s, nil).openStorage(t.Context())
	var usage *UsageError
	require.ErrorAs(t, err, &usage)
	assert.ErrorContains(t, err, "no gateway can stand before storage azure")
	assert.Equal(t, "leave --gateway-listen out: storage is listed instead", Hint(err))
}

// A run makes and removes its queues and containers by identity.
func TestStoreByIdentity(t *testing.T) {
	t.Parallel()
	server := azuritetls.StartWithOAuth(t, time.Now())
	config := byIdentity(
		server.BlobAccount(),
		server.QueueAccount(),
		storage.Options{Credential: azuritetls.AnyToken{Now: time.Now}, Roots: server.Roots},
	)
	s, err := config.settings()
	require.NoError(t, err)
	h := New(s, nil)
	require.NoError(t, h.openStorage(t.Context()))
	require.NoError(t, h.account.CreateQueue(t.Context(), naming.Queue(h.id, 1, 1)))
	require.NoError(t, h.account.CreateContainer(t.Context(), naming.Container(h.id, 1, 2)))
	kind, _ := h.storageKind()
	assert.Equal(t, "azure", kind)
	require.NoError(t, h.Close(t.Context()))
	queues, containers, err := h.account.Names(t.Context(), naming.Prefix)
	require.NoError(t, err)
	assert.Empty(t, append(queues, containers...))
}
