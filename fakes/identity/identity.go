package identity

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"fmt"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// DefaultLifetime is the lifetime of a managed identity's token.
const DefaultLifetime = 24 * time.Hour

// The ids of the identity if [Options] contain no others.
const (
	DefaultTenantID    = "0f1d2c3b-0000-4000-8000-000000000000"
	DefaultPrincipalID = "0f1d2c3b-0000-4000-8000-000000000001"
	DefaultClientID    = "0f1d2c3b-0000-4000-8000-000000000002"
)

// clockSkew is how long before its creation a token becomes valid, for clocks that are behind.
const clockSkew = 5 * time.Minute

// Options configure an [Endpoint]. The zero value is usable.
type Options struct {
	// Header is the value of X-IDENTITY-HEADER that callers must send. Empty means a random value, which
	// [Endpoint.Environment] returns.
	Header string
	// TenantID, PrincipalID and ClientID are UUIDs of the directory, of the object that roles are assigned to, and of
	// the application. Empty means the default.
	TenantID, PrincipalID, ClientID string
	// Lifetime is the lifetime of a token. 0 means [DefaultLifetime].
	Lifetime time.Duration
	// Now returns the current time. Nil means [time.Now].
	Now func() time.Time
}

// Endpoint issues tokens. Create it with [New]. It is safe for concurrent use.
type Endpoint struct {
	options Options
	key     *rsa.PrivateKey
}

// New returns an endpoint with a new signing key.
func New(o Options) *Endpoint {
	o.Header = cmp.Or(o.Header, rand.Text())
	o.TenantID = cmp.Or(o.TenantID, DefaultTenantID)
	o.PrincipalID = cmp.Or(o.PrincipalID, DefaultPrincipalID)
	o.ClientID = cmp.Or(o.ClientID, DefaultClientID)
	o.Lifetime = cmp.Or(o.Lifetime, DefaultLifetime)
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Endpoint{options: o, key: must(rsa.GenerateKey(rand.Reader, 2048))}
}

// must panics on an error, which occurs only if the machine has no source of random numbers.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Environment returns the environment variables, in the form NAME=VALUE, that a program needs to use the endpoint at
// this URL.
func (e *Endpoint) Environment(url string) []string {
	return []string{"IDENTITY_ENDPOINT=" + url, "IDENTITY_HEADER=" + e.options.Header}
}

// PublicKey returns the key that verifies the tokens.
func (e *Endpoint) PublicKey() *rsa.PublicKey { return &e.key.PublicKey }

// ServeHTTP implements http.Handler. It responds with a token at every path.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, err := e.tokenFor(r)
	if err != nil {
		write(w, err.StatusCode, err)
		return
	}
	write(w, http.StatusOK, token)
}

// tokenFor returns a token for the resource in a valid request.
func (e *Endpoint) tokenFor(r *http.Request) (*token, *errorResponse) {
	query := r.URL.Query()
	switch {
	case r.Method != http.MethodGet:
		return nil, errMethod(r.Method)
	case subtle.ConstantTimeCompare([]byte(r.Header.Get(headerName)), []byte(e.options.Header)) != 1:
		return nil, errHeader()
	case query.Get("api-version") != apiVersion:
		return nil, errVersion(query.Get("api-version"))
	case query.Get("resource") == "":
		return nil, errResource()
	case query.Has("client_id") || query.Has("principal_id") || query.Has("object_id") || query.Has("mi_res_id"):
		return nil, errIdentity()
	}
	return e.issue(query.Get("resource"))
}

// issue returns a new token for a resource.
func (e *Endpoint) issue(resource string) (*token, *errorResponse) {
	now := e.options.Now()
	from, until := now.Add(-clockSkew).Unix(), now.Add(e.options.Lifetime).Unix()
	issuer := "https://sts.windows.net/" + e.options.TenantID + "/"
	signed, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"aud": resource, "iss": issuer, "idp": issuer, "tid": e.options.TenantID, "ver": "1.0",
		"iat": from, "nbf": from, "exp": until,
		"appid": e.options.ClientID, "appidacr": "2", "idtyp": "app",
		"oid": e.options.PrincipalID, "sub": e.options.PrincipalID,
	}).SignedString(e.key)
	if err != nil {
		return nil, errSigning(err)
	}
	return &token{
		AccessToken: signed,
		ClientID:    e.options.ClientID,
		ExpiresOn:   fmt.Sprint(until),
		NotBefore:   fmt.Sprint(from),
		Resource:    resource,
		TokenType:   "Bearer",
	}, nil
}
