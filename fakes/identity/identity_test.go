package identity_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/identity"
)

const storage = "https://storage.azure.com"

// newRequest returns a request for a token with a value of X-IDENTITY-HEADER.
func newRequest(method, query, header string) *http.Request {
	r := httptest.NewRequest(method, "/msi/token?"+query, nil)
	if header != "" {
		r.Header.Set("X-Identity-Header", header)
	}
	return r
}

// send returns the status and the body of the response of an endpoint.
func send(t *testing.T, e *identity.Endpoint, r *http.Request) (status int, body map[string]any) {
	t.Helper()
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	assert.Equal(t, "application/json; charset=utf-8", w.Header().Get("Content-Type"))
	assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
	return w.Code, body
}

// claimsOf verifies a token of the endpoint at that time and returns its claims.
func claimsOf(t *testing.T, e *identity.Endpoint, signed any, now time.Time) jwt.MapClaims {
	t.Helper()
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(signed.(string), claims, func(*jwt.Token) (any, error) { return e.PublicKey(), nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(func() time.Time { return now }))
	require.NoError(t, err)
	return claims
}

func TestTokenHasClaims(t *testing.T) {
	now := time.Date(2027, 3, 1, 8, 15, 0, 0, time.UTC)
	e := identity.New(identity.Options{Header: "secret", Lifetime: time.Hour, Now: func() time.Time { return now },
		TenantID: "tenant", PrincipalID: "principal", ClientID: "client"})
	status, body := send(t, e, newRequest(http.MethodGet, "api-version=2019-08-01&resource="+storage, "secret"))
	assert.Equal(t, http.StatusOK, status)
	claims := claimsOf(t, e, body["access_token"], now)
	delete(body, "access_token")
	assert.Equal(
		t,
		map[string]any{
			"client_id":  "client",
			"expires_on": "1803892500",
			"not_before": "1803888600",
			"resource":   storage,
			"token_type": "Bearer",
		},
		body,
	)
	assert.Equal(
		t,
		jwt.MapClaims{
			"aud":      storage,
			"iss":      "https://sts.windows.net/tenant/",
			"idp":      "https://sts.windows.net/tenant/",
			"tid":      "tenant",
			"iat":      1803888600.0,
			"nbf":      1803888600.0,
			"exp":      1803892500.0,
			"appid":    "client",
			"appidacr": "2",
			"oid":      "principal",
			"sub":      "principal",
			"idtyp":    "app",
			"ver":      "1.0",
		},
		claims,
	)
}

func TestInvalidRequestsAreRejected(t *testing.T) {
	e := identity.New(identity.Options{Header: "secret"})
	const good = "api-version=2019-08-01&resource=" + storage
	for want, c := range map[string]struct {
		request *http.Request
		status  int
	}{
		"POST is not supported":           {newRequest(http.MethodPost, good, "secret"), 405},
		"X-IDENTITY-HEADER is missing":    {newRequest(http.MethodGet, good, ""), 401},
		"is not the IDENTITY_HEADER":      {newRequest(http.MethodGet, good, "guessed"), 401},
		"api-version '2017-09-01' is not": {newRequest(http.MethodGet, "api-version=2017-09-01&resource=x", "secret"), 400},
		"parameter resource is missing":   {newRequest(http.MethodGet, "api-version=2019-08-01", "secret"), 400},
	} {
		status, body := send(t, e, c.request)
		assert.Equal(t, c.status, status, want)
		assert.Contains(t, body["message"], want)
		assert.EqualValues(t, c.status, body["statusCode"])
		assert.NotContains(t, body, "access_token")
		assert.NotContains(t, body["message"], "secret")
	}
}

func TestUserAssignedIdentityIsRejected(t *testing.T) {
	e := identity.New(identity.Options{Header: "secret"})
	for _, other := range []string{"client_id", "principal_id", "object_id", "mi_res_id"} {
		status, body := send(t, e,
			newRequest(http.MethodGet, "api-version=2019-08-01&resource="+storage+"&"+other+"=x", "secret"))
		assert.Equal(t, http.StatusBadRequest, status, other)
		assert.Contains(t, body["message"], "no user-assigned identity", other)
	}
}

// A program finds an endpoint with zero options by its environment.
func TestDefaultAzureCredentialUsesEndpoint(t *testing.T) {
	e := identity.New(identity.Options{})
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	for _, variable := range e.Environment(server.URL + "/msi/token") {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	t.Setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
	credential, err := azidentity.NewDefaultAzureCredential(nil)
	require.NoError(t, err)
	token, err := credential.GetToken(
		context.WithoutCancel(t.Context()),
		policy.TokenRequestOptions{Scopes: []string{storage + "/.default"}},
	)
	require.NoError(t, err)
	claims := claimsOf(t, e, token.Token, time.Now())
	assert.Equal(t, storage, claims["aud"])
	assert.Equal(t, identity.DefaultPrincipalID, claims["oid"])
	assert.WithinDuration(t, time.Now().Add(identity.DefaultLifetime), token.ExpiresOn, time.Minute)
}

func TestEndpointsHaveDifferentHeaders(t *testing.T) {
	first, second := identity.New(identity.Options{}), identity.New(identity.Options{})
	assert.NotEqual(t, first.Environment("http://x"), second.Environment("http://x"))
	assert.Equal(t, "IDENTITY_ENDPOINT=http://x", first.Environment("http://x")[0])
	_, header, _ := strings.Cut(first.Environment("http://x")[1], "=")
	status, _ := send(t, second, newRequest(http.MethodGet, "api-version=2019-08-01&resource=x", header))
	assert.Equal(t, http.StatusUnauthorized, status)
}
