package storage

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/azurite"
	"github.com/cvconform/cvconform/internal/azurite/azuritetest"
)

func TestEndpoints(t *testing.T) {
	for name, c := range map[string]struct{ blob, queue, wantBlob, wantQueue string }{
		"a name":       {"fruit", "", "https://fruit.blob.core.windows.net", "https://fruit.queue.core.windows.net"},
		"two names":    {"fruit", "fruit2", "https://fruit.blob.core.windows.net", "https://fruit2.queue.core.windows.net"},
		"a cloud":      {"https://fruit.blob.core.chinacloudapi.cn/", "", "https://fruit.blob.core.chinacloudapi.cn", "https://fruit.queue.core.chinacloudapi.cn"},
		"both URLs":    {"https://blobs.example:8443", "https://queues.example", "https://blobs.example:8443", "https://queues.example"},
		"in the path":  {"https://127.0.0.1:1/devstoreaccount1", "https://127.0.0.1:2/devstoreaccount1", "https://127.0.0.1:1/devstoreaccount1", "https://127.0.0.1:2/devstoreaccount1"},
		"name and URL": {"fruit", "https://queues.example/", "https://fruit.blob.core.windows.net", "https://queues.example"},
	} {
		blob, queue, err := Endpoints(c.blob, c.queue)
		require.NoError(t, err, name)
		assert.Equal(t, []string{c.wantBlob, c.wantQueue}, []string{blob.String(), queue.String()}, name)
	}
}

func TestEndpointsRefuses(t *testing.T) {
	for want, c := range map[string][2]string{
		`the blob account "My Fruit" is neither the name of a storage account nor the https URL of its blob service`: {"My Fruit", ""},
		`the blob account "http://fruit.blob.core.windows.net" is neither`:                                           {"http://fruit.blob.core.windows.net", ""},
		`the blob account "https://fruit.blob.core.windows.net/a/container" is neither`:                              {"https://fruit.blob.core.windows.net/a/container", ""},
		`the blob account "https://fruit.blob.core.windows.net?sig=x" is neither`:                                    {"https://fruit.blob.core.windows.net?sig=x", ""},
		`the queue account "f" is neither the name of a storage account nor the https URL of its queue service`:      {"fruit", "f"},
		`the queue service beside https://storage.example is not known`:                                              {"https://storage.example", ""},
	} {
		_, _, err := Endpoints(c[0], c[1])
		assert.ErrorContains(t, err, want)
	}
}

// A token opens a real Azurite, for everything that the harness does.
func TestAzuriteByIdentity(t *testing.T) {
	server := azuritetest.StartOAuth(t, time.Now())
	a, err := OpenIdentity(server.BlobURL.JoinPath(azurite.AccountName), server.QueueURL.JoinPath(azurite.AccountName),
		Options{Roots: server.Roots, Credential: azuritetest.Somebody{Now: time.Now}})
	require.NoError(t, err)
	require.NoError(t, a.Ping(t.Context()))
	assert.Equal(t, azurite.AccountName, a.Name())
	t.Run("create, delete and list", func(t *testing.T) { testNames(t, a) })
	t.Run("messages", func(t *testing.T) { testMessages(t, a) })
	t.Run("odd blobs", func(t *testing.T) { testOddBlobs(t, a) })
	t.Run("peek", func(t *testing.T) { testPeek(t, a) })
	t.Run("traces", func(t *testing.T) { testTraces(t, a) })
	t.Run("claims", func(t *testing.T) { testClaims(t, a) })
	t.Run("what is missing", func(t *testing.T) { testMissing(t, a) })
}

// credential is a token, or an error, and what it was asked for.
type credential struct {
	err    error
	scopes []string
}

func (c *credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.scopes = append(c.scopes, o.Scopes...)
	return azcore.AccessToken{Token: "a-token", ExpiresOn: time.Now().Add(time.Hour)}, c.err
}

// stub answers everything alike, over TLS, at the host names of an account.
func stub(t *testing.T, status int, body string, seen *[]http.Header) Options {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*seen = append(*seen, r.Header)
		w.Header().Set("Content-Type", "application/xml")
		w.Header().Set("X-Ms-Error-Code", "AuthorizationPermissionMismatch")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return Options{Roots: roots, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}}
}

// byIdentity opens an account of example.com, which the stub's certificate is for.
func byIdentity(t *testing.T, o Options) *Account {
	t.Helper()
	blob, queue, err := Endpoints("https://fruit.example.com", "https://queues.example.com")
	require.NoError(t, err)
	a, err := OpenIdentity(blob, queue, o)
	require.NoError(t, err)
	return a
}

func TestATokenIsSentOverTLS(t *testing.T) {
	var seen []http.Header
	o := stub(t, http.StatusOK, `<?xml version="1.0"?><EnumerationResults><Containers/><Queues/></EnumerationResults>`, &seen)
	c := &credential{}
	o.Credential = c
	a := byIdentity(t, o)
	require.NoError(t, a.Ping(t.Context()))
	require.Len(t, seen, 2)
	for _, header := range seen {
		assert.Equal(t, "Bearer a-token", header.Get("Authorization"))
		assert.Equal(t, serviceVersion, header["X-Ms-Version"][0])
	}
	assert.Subset(t, c.scopes, []string{"https://storage.azure.com/.default"})
	assert.Equal(t, []string{"fruit", "https://fruit.example.com/c", "https://queues.example.com/q"},
		[]string{a.Name(), a.ContainerURI(nil, "c"), a.QueueURI(nil, "q")})
}

func TestWhoLacksTheRolesIsDenied(t *testing.T) {
	var seen []http.Header
	o := stub(t, http.StatusForbidden, "", &seen)
	o.Credential = &credential{}
	err := byIdentity(t, o).Ping(t.Context())
	assert.EqualError(t, err, "reach the blob service at https://fruit.example.com: storage answered 403 AuthorizationPermissionMismatch")
	status, code := Answered(err)
	assert.Equal(t, []any{http.StatusForbidden, "AuthorizationPermissionMismatch"}, []any{status, code})
	status, code = Answered(errors.New("no such host"))
	assert.Equal(t, []any{0, ""}, []any{status, code})
}

// What the SDK says on a page is said in a line, and once.
func TestCredentialsThatGiveNoToken(t *testing.T) {
	for _, name := range []string{"AZURE_TENANT_ID", "AZURE_CLIENT_SECRET", "IDENTITY_ENDPOINT", "PATH"} {
		t.Setenv(name, "")
	}
	var asked int
	a := byIdentity(t, Options{Dial: func(context.Context, string, string) (net.Conn, error) {
		asked++
		return nil, errors.New("nowhere")
	}})
	err := a.Ping(t.Context())
	var none *CredentialError
	require.ErrorAs(t, err, &none)
	assert.ErrorContains(t, err, "reach the blob service at https://fruit.example.com: no token for storage; tried EnvironmentCredential (missing environment variable AZURE_TENANT_ID), ")
	assert.ErrorContains(t, err, "AzureCLICredential (")
	assert.NotContains(t, err.Error(), "\n")
	assert.NotContains(t, err.Error(), "aka.ms")

	c := &credential{err: errors.New("expired.\nTo troubleshoot, visit a page")}
	err = byIdentity(t, Options{Credential: c}).Ping(t.Context())
	assert.EqualError(t, err, "reach the blob service at https://fruit.example.com: no token for storage: expired")
	assert.Len(t, c.scopes, 1, "asking again does not help")
}

func TestAChoiceOfCredentialsThatIsNone(t *testing.T) {
	t.Setenv("AZURE_TOKEN_CREDENTIALS", "mine")
	blob, queue, err := Endpoints("fruit", "")
	require.NoError(t, err)
	_, err = OpenIdentity(blob, queue, Options{})
	var none *CredentialError
	require.ErrorAs(t, err, &none)
	assert.ErrorContains(t, err, `no token for storage: invalid AZURE_TOKEN_CREDENTIALS value "mine"`)
}

func TestAnAccountByIdentityHasNoKeyToGive(t *testing.T) {
	a := byIdentity(t, Options{Credential: &credential{}})
	assert.Empty(t, a.Key())
	assert.Empty(t, a.WithEndpoints(&url.URL{Scheme: "http", Host: "gateway"}, &url.URL{Scheme: "http", Host: "gateway"}))
	for _, sign := range []func(time.Time) (string, error){a.ReadBlobsSAS, a.ReadQueuesSAS} {
		query, err := sign(time.Now())
		assert.ErrorIs(t, err, ErrNoKey)
		assert.ErrorContains(t, err, "the account was opened by identity: there is no account key")
		assert.Empty(t, query)
	}
}
