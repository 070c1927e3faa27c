package storage

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/testkit/azuritetls"
)

func TestEndpoints(t *testing.T) {
	for name, c := range map[string]struct{ blob, queue, wantBlob, wantQueue string }{
		"a name": {"fruit", "", "https://fruit.blob.core.windows.net", "https://fruit.queue.core.windows.net"},
		"two names": {
			"fruit", "fruit2", "https://fruit.blob.core.windows.net", "https://fruit2.queue.core.windows.net",
		},
		"a cloud": {
			"https://fruit.blob.core.chinacloudapi.cn/", "", "https://fruit.blob.core.chinacloudapi.cn",
			"https://fruit.queue.core.chinacloudapi.cn",
		},
		"port and slashes": {
			"https://Fruit.blob.core.windows.net:443//", "", "https://fruit.blob.core.windows.net",
			"https://fruit.queue.core.windows.net",
		},
		"a DNS zone": {
			"https://fruit.z12.blob.storage.azure.net", "", "https://fruit.z12.blob.storage.azure.net",
			"https://fruit.z12.queue.storage.azure.net",
		},
		"a private link": {
			"https://fruit.privatelink.blob.core.windows.net", "", "https://fruit.privatelink.blob.core.windows.net",
			"https://fruit.privatelink.queue.core.windows.net",
		},
		"both URLs": {
			"https://blobs.example:8443", "https://queues.example", "https://blobs.example:8443", "https://queues.example",
		},
		"in the path": {
			"https://127.0.0.1:1/devstoreaccount1", "https://127.0.0.1:2/devstoreaccount1",
			"https://127.0.0.1:1/devstoreaccount1", "https://127.0.0.1:2/devstoreaccount1",
		},
		"name and URL": {
			"fruit", "https://queues.example/", "https://fruit.blob.core.windows.net", "https://queues.example",
		},
	} {
		blob, queue, err := Endpoints(c.blob, c.queue)
		require.NoError(t, err, name)
		assert.Equal(t, []string{c.wantBlob, c.wantQueue}, []string{blob.String(), queue.String()}, name)
	}
}

func TestEndpointsErrors(t *testing.T) {
	for want, c := range map[string][2]string{
		`the blob account "My Fruit" is neither the name of a storage account nor the https URL of its blob service`: {
			"My Fruit", "",
		},
		`the blob account "http://fruit.blob.core.windows.net" is neither`: {
			"http://fruit.blob.core.windows.net", "",
		},
		`the blob account "https://fruit.blob.core.windows.net/a/container" is neither`: {
			"https://fruit.blob.core.windows.net/a/container", "",
		},
		`the blob account (not shown, it may hold a secret) is neither`: {
			"https://fruit.blob.core.windows.net?sig=s3cret", "",
		},
		`the queue account (not shown, it may hold a secret) is neither`: {
			"fruit", "https://me:s3cret@fruit.queue.core.windows.net",
		},
		`account (not shown, it may hold a secret) is neither`: {
			"AccountName=fruit;AccountKey=s3cret", "",
		},
		`the blob account "https://fruit.blob.core.windows.net/#top" is neither`: {
			"https://fruit.blob.core.windows.net/#top", "",
		},
		`the blob account "fruit.blob.core.windows.net" is neither`: {
			"fruit.blob.core.windows.net", "",
		},
		`the blob account "https://fruit.queue.core.windows.net" is the URL of a queue service`: {
			"https://fruit.queue.core.windows.net", "",
		},
		`the queue account "https://fruit.blob.core.chinacloudapi.cn" is the URL of a blob service`: {
			"fruit", "https://fruit.blob.core.chinacloudapi.cn",
		},
		`the blob account "https://fruit.z12.dfs.storage.azure.net" is the URL of a dfs service`: {
			"https://fruit.z12.dfs.storage.azure.net", "",
		},
		`the blob account "https://fruit.blob.core.windows.net/backups/" is the URL of something in the account: leave out`: {
			"https://fruit.blob.core.windows.net/backups/", "",
		},
		`the blob account "https://127.0.0.1:10000" has no account name: the path of such a URL has to contain it`: {
			"https://127.0.0.1:10000", "",
		},
		`the queue account "https://localhost/" has no account name: the path of such a URL has to contain it`: {
			"fruit", "https://localhost/",
		},
		`the queue account "f" is neither the name of a storage account nor the https URL of its queue service`: {
			"fruit", "f",
		},
		`the queue service for https://storage.example is not known`: {
			"https://storage.example", "",
		},
	} {
		_, _, err := Endpoints(c[0], c[1])
		require.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "s3cret")
	}
}

// All operations work on a real Azurite with a token.
func TestAzuriteByIdentity(t *testing.T) {
	server := azuritetls.StartWithOAuth(t, time.Now())
	a, err := OpenIdentity(server.BlobURL.JoinPath(azurite.AccountName), server.QueueURL.JoinPath(azurite.AccountName),
		Options{Roots: server.Roots, Credential: azuritetls.AnyToken{Now: time.Now}})
	require.NoError(t, err)
	require.NoError(t, a.Ping(t.Context()))
	assert.Equal(t, azurite.AccountName, a.Name())
	t.Run("create, delete and list", func(t *testing.T) { testNames(t, a) })
	t.Run("messages", func(t *testing.T) { testMessages(t, a) })
	t.Run("odd blobs", func(t *testing.T) { testOddBlobs(t, a) })
	t.Run("peek", func(t *testing.T) { testPeek(t, a) })
	t.Run("versions", func(t *testing.T) { testVersions(t, a) })
	t.Run("soft delete", func(t *testing.T) { testSoftDelete(t, a) })
	t.Run("not found", func(t *testing.T) { testMissing(t, a) })
}

// A fakeCredential returns a token or an error, and records the scopes.
type fakeCredential struct {
	err    error
	scopes []string
}

func (c *fakeCredential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.scopes = append(c.scopes, o.Scopes...)
	return azcore.AccessToken{Token: "a-token", ExpiresOn: time.Now().Add(time.Hour)}, c.err
}

// stubOptions returns options that connect every host to a TLS server. The server gives every request the same
// response and records its headers.
func stubOptions(t *testing.T, status int, body string, requests *[]http.Header) Options {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests = append(*requests, r.Header)
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

// openByIdentity opens an account of example.com, the domain of the stub's certificate.
func openByIdentity(t *testing.T, o Options) *Account {
	t.Helper()
	blob, queue, err := Endpoints("https://fruit.example.com", "https://queues.example.com")
	require.NoError(t, err)
	a, err := OpenIdentity(blob, queue, o)
	require.NoError(t, err)
	return a
}

func TestTokenIsSentOverTLS(t *testing.T) {
	var requests []http.Header
	o := stubOptions(
		t,
		http.StatusOK,
		`<?xml version="1.0"?><EnumerationResults><Containers/><Queues/></EnumerationResults>`,
		&requests,
	)
	c := &fakeCredential{}
	o.Credential = c
	a := openByIdentity(t, o)
	require.NoError(t, a.Ping(t.Context()))
	require.Len(t, requests, 2)
	for _, header := range requests {
		assert.Equal(t, "Bearer a-token", header.Get("Authorization"))
		assert.Equal(t, serviceVersion, header["X-Ms-Version"][0])
	}
	assert.Subset(t, c.scopes, []string{"https://storage.azure.com/.default"})
	assert.Equal(t, []string{"fruit", "https://fruit.example.com/c", "https://queues.example.com/q"},
		[]string{a.Name(), a.ContainerURI(nil, "c"), a.QueueURI(nil, "q")})
}

func TestPingIsDeniedWithoutTheRoles(t *testing.T) {
	var requests []http.Header
	o := stubOptions(t, http.StatusForbidden, "", &requests)
	o.Credential = &fakeCredential{}
	err := openByIdentity(t, o).Ping(t.Context())
	assert.EqualError(
		t,
		err,
		"reach the blob service at https://fruit.example.com: storage returned 403 AuthorizationPermissionMismatch",
	)
	status, code := ErrorStatus(err)
	assert.Equal(t, []any{http.StatusForbidden, "AuthorizationPermissionMismatch"}, []any{status, code})
	status, code = ErrorStatus(errors.New("no such host"))
	assert.Equal(t, []any{0, ""}, []any{status, code})
}

// clearCredentials removes all credentials from the environment and selects those that the SDK tries.
func clearCredentials(t *testing.T, selected string) {
	t.Helper()
	for _, name := range []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_AUTHORITY_HOST", "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "PATH"} {
		t.Setenv(name, "") // restores it after the test
		require.NoError(t, os.Unsetenv(name))
	}
	t.Setenv("AZURE_TOKEN_CREDENTIALS", selected)
}

func TestCredentialErrorIsOneLine(t *testing.T) {
	clearCredentials(t, "dev")
	err := openByIdentity(t, Options{}).Ping(t.Context())
	var credentialErr *CredentialError
	require.ErrorAs(t, err, &credentialErr)
	assert.EqualError(
		t,
		err,
		"reach the blob service at https://fruit.example.com: no token for storage; tried AzureCLICredential (executable not found on path), "+
			"AzureDeveloperCLICredential (executable not found on path), AzurePowerShellCredential (executable not found on path)",
	)

	c := &fakeCredential{err: errors.New("expired.\nTo troubleshoot, visit a page")}
	err = openByIdentity(t, Options{Credential: c}).Ping(t.Context())
	assert.EqualError(t, err, "reach the blob service at https://fruit.example.com: no token for storage: expired")
	assert.Len(t, c.scopes, 1, "no retry")
}

// The error contains the whole text of the last credential that was tried, on one line.
func TestCredentialErrorOfAManagedIdentity(t *testing.T) {
	clearCredentials(t, "prod")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"message":"no identity \u001b[31m"}` + strings.Repeat(" so it is", 100)))
	}))
	t.Cleanup(server.Close)
	t.Setenv("IDENTITY_ENDPOINT", server.URL)
	t.Setenv("IDENTITY_HEADER", "x")
	err := openByIdentity(t, Options{}).Ping(t.Context())
	assert.ErrorContains(
		t,
		err,
		"no token for storage; tried EnvironmentCredential (missing environment variable AZURE_TENANT_ID), ",
	)
	assert.ErrorContains(
		t,
		err,
		", ManagedIdentityCredential (authentication failed. GET "+server.URL+" RESPONSE 400: 400 Bad Request {",
	)
	assert.ErrorContains(t, err, "no identity")
	assert.NotRegexp(t, `[\n\t\x1b]|---|aka\.ms`, err.Error())
	assert.Less(t, len(err.Error()), 1000)
}

func TestCredentialErrorOfAnExpiredSignIn(t *testing.T) {
	err := &CredentialError{
		Err: errors.New("DefaultAzureCredential: failed to acquire a token.\nAttempted credentials:\n" +
			"\tAzureCLICredential: ERROR: AADSTS700082: \x1b[31mThe refresh token has expired.\n\t\tPlease run:\n\t\taz login. To troubleshoot, visit https://aka.ms/x\n" +
			"\tAzurePowerShellCredential: executable not found on path"),
	}
	assert.EqualError(
		t,
		err,
		"no token for storage; tried AzureCLICredential (ERROR: AADSTS700082: [31mThe refresh token has expired. Please run: az login), "+
			"AzurePowerShellCredential (executable not found on path)",
	)
}

func TestTokensComeFromTheDirectoryOfTheCloud(t *testing.T) {
	for account, want := range map[string]string{
		"fruit": "login.microsoftonline.com:443",
		"https://fruit.blob.core.chinacloudapi.cn":   "login.chinacloudapi.cn:443",
		"https://fruit.blob.core.usgovcloudapi.net/": "login.microsoftonline.us:443",
	} {
		clearCredentials(t, "EnvironmentCredential")
		t.Setenv("AZURE_TENANT_ID", "0f1d2c3b-0000-4000-8000-000000000000")
		t.Setenv("AZURE_CLIENT_ID", "0f1d2c3b-0000-4000-8000-000000000001")
		t.Setenv("AZURE_CLIENT_SECRET", "secret")
		blob, queue, err := Endpoints(account, "")
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		called := make(chan string, 1)
		a, err := OpenIdentity(blob, queue, Options{Dial: func(_ context.Context, _, address string) (net.Conn, error) {
			called <- address
			cancel()
			return nil, errors.New("not connected")
		}})
		require.NoError(t, err)
		require.Error(t, a.Ping(ctx))
		assert.Equal(t, want, <-called)
	}
}

func TestInvalidChoiceOfCredentials(t *testing.T) {
	t.Setenv("AZURE_TOKEN_CREDENTIALS", "mine")
	blob, queue, err := Endpoints("fruit", "")
	require.NoError(t, err)
	_, err = OpenIdentity(blob, queue, Options{})
	var credentialErr *CredentialError
	require.ErrorAs(t, err, &credentialErr)
	assert.ErrorContains(t, err, `no token for storage: invalid AZURE_TOKEN_CREDENTIALS value "mine"`)
}

func TestAccountByIdentityHasNoKey(t *testing.T) {
	a := openByIdentity(t, Options{Credential: &fakeCredential{}})
	assert.Empty(t, a.Key())
	assert.Empty(t, a.WithEndpoints(&url.URL{Scheme: "http", Host: "gateway"}, &url.URL{Scheme: "http", Host: "gateway"}))
	for _, sign := range []func(time.Time) (string, error){a.ReadBlobsSAS, a.ReadQueuesSAS} {
		query, err := sign(time.Now())
		assert.ErrorIs(t, err, ErrNoKey)
		assert.ErrorContains(t, err, "the account was opened by identity, so there is no account key")
		assert.Empty(t, query)
	}
}
