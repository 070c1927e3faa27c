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

// question asks for a token, with the header of the endpoint that it is for.
func question(method, query, header string) *http.Request {
	r := httptest.NewRequest(method, "/msi/token?"+query, nil)
	if header != "" {
		r.Header.Set("X-Identity-Header", header)
	}
	return r
}

// asked is the answer of an endpoint, and its status.
func asked(t *testing.T, e *identity.Endpoint, r *http.Request) (status int, answer map[string]any) {
	t.Helper()
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	assert.Equal(t, "application/json; charset=utf-8", w.Header().Get("Content-Type"))
	assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	return w.Code, answer
}

// claimsOf reads a token that the endpoint signed, at that time.
func claimsOf(t *testing.T, e *identity.Endpoint, signed any, now time.Time) jwt.MapClaims {
	t.Helper()
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(signed.(string), claims, func(*jwt.Token) (any, error) { return e.PublicKey(), nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(func() time.Time { return now }))
	require.NoError(t, err)
	return claims
}

func TestATokenForAResource(t *testing.T) {
	now := time.Date(2027, 3, 1, 8, 15, 0, 0, time.UTC)
	e := identity.New(identity.Options{Header: "secret", Lifetime: time.Hour, Now: func() time.Time { return now },
		TenantID: "tenant", PrincipalID: "principal", ClientID: "client"})
	status, answer := asked(t, e, question(http.MethodGet, "api-version=2019-08-01&resource="+storage, "secret"))
	assert.Equal(t, http.StatusOK, status)
	claims := claimsOf(t, e, answer["access_token"], now)
	delete(answer, "access_token")
	assert.Equal(
		t,
		map[string]any{
			"client_id":  "client",
			"expires_on": "1803892500",
			"not_before": "1803888600",
			"resource":   storage,
			"token_type": "Bearer",
		},
		answer,
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

func TestWhoGetsNoToken(t *testing.T) {
	e := identity.New(identity.Options{Header: "secret"})
	const good = "api-version=2019-08-01&resource=" + storage
	for want, c := range map[string]struct {
		request *http.Request
		status  int
	}{
		"POST is not supported":           {question(http.MethodPost, good, "secret"), 405},
		"X-IDENTITY-HEADER is missing":    {question(http.MethodGet, good, ""), 401},
		"is not the IDENTITY_HEADER":      {question(http.MethodGet, good, "guessed"), 401},
		"api-version '2017-09-01' is not": {question(http.MethodGet, "api-version=2017-09-01&resource=x", "secret"), 400},
		"resource that the token is for":  {question(http.MethodGet, "api-version=2019-08-01", "secret"), 400},
	} {
		status, answer := asked(t, e, c.request)
		assert.Equal(t, c.status, status, want)
		assert.Contains(t, answer["message"], want)
		assert.EqualValues(t, c.status, answer["statusCode"])
		assert.NotContains(t, answer, "access_token")
		assert.NotContains(t, answer["message"], "secret")
	}
}

func TestThereIsOneIdentity(t *testing.T) {
	e := identity.New(identity.Options{Header: "secret"})
	for _, other := range []string{"client_id", "principal_id", "object_id", "mi_res_id"} {
		status, answer := asked(
			t,
			e,
			question(http.MethodGet, "api-version=2019-08-01&resource="+storage+"&"+other+"=x", "secret"),
		)
		assert.Equal(t, http.StatusBadRequest, status, other)
		assert.Contains(t, answer["message"], "no user-assigned identity", other)
	}
}

// The zero options make an endpoint that a program finds by its environment alone.
func TestAProgramFindsItsToken(t *testing.T) {
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

func TestEndpointsHaveSecretsOfTheirOwn(t *testing.T) {
	first, second := identity.New(identity.Options{}), identity.New(identity.Options{})
	assert.NotEqual(t, first.Environment("http://x"), second.Environment("http://x"))
	assert.Equal(t, "IDENTITY_ENDPOINT=http://x", first.Environment("http://x")[0])
	_, header, _ := strings.Cut(first.Environment("http://x")[1], "=")
	status, _ := asked(t, second, question(http.MethodGet, "api-version=2019-08-01&resource=x", header))
	assert.Equal(t, http.StatusUnauthorized, status)
}
