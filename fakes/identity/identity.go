package identity

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"fmt"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// DefaultLifetime is how long a managed identity's token holds.
const DefaultLifetime = 24 * time.Hour

// Who the identity is unless [Options] say otherwise.
const (
	DefaultTenantID    = "0f1d2c3b-0000-4000-8000-000000000000"
	DefaultPrincipalID = "0f1d2c3b-0000-4000-8000-000000000001"
	DefaultClientID    = "0f1d2c3b-0000-4000-8000-000000000002"
)

// Options say whose tokens an [Endpoint] gives out. The zero value is usable.
type Options struct {
	// Header is what a caller has to show as X-IDENTITY-HEADER. "" means one that is
	// made at random: see [Endpoint.Environment].
	Header string
	// TenantID, PrincipalID (the object in the directory, which roles are assigned to)
	// and ClientID (the application) are UUIDs. "" means the defaults.
	TenantID, PrincipalID, ClientID string
	// Lifetime is how long a token holds. 0 means [DefaultLifetime].
	Lifetime time.Duration
	// Now is the time of day. nil means time.Now.
	Now func() time.Time
}

// An Endpoint gives out tokens. It is safe for use by several goroutines.
type Endpoint struct {
	options Options
	key     *rsa.PrivateKey
}

// New returns an endpoint with a key of its own.
func New(o Options) *Endpoint {
	if o.Header == "" {
		o.Header = rand.Text()
	}
	for _, id := range []struct {
		value     *string
		otherwise string
	}{{&o.TenantID, DefaultTenantID}, {&o.PrincipalID, DefaultPrincipalID}, {&o.ClientID, DefaultClientID}} {
		if *id.value == "" {
			*id.value = id.otherwise
		}
	}
	if o.Lifetime == 0 {
		o.Lifetime = DefaultLifetime
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Endpoint{options: o, key: must(rsa.GenerateKey(rand.Reader, 2048))}
}

// must is for what fails only where the machine has no random numbers.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Environment is NAME=VALUE, what a program needs to find the endpoint at this URL.
func (e *Endpoint) Environment(url string) []string {
	return []string{"IDENTITY_ENDPOINT=" + url, "IDENTITY_HEADER=" + e.options.Header}
}

// PublicKey is what the tokens are verified by.
func (e *Endpoint) PublicKey() *rsa.PublicKey { return &e.key.PublicKey }

// ServeHTTP answers with a token, at any path.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := e.answer(r)
	if err != nil {
		write(w, err.StatusCode, err)
		return
	}
	write(w, http.StatusOK, answer)
}

// answer gives who may ask a token for the resource that was asked for.
func (e *Endpoint) answer(r *http.Request) (*token, *refusal) {
	query := r.URL.Query()
	switch {
	case r.Method != http.MethodGet:
		return nil, notAllowed(r.Method)
	case subtle.ConstantTimeCompare([]byte(r.Header.Get(headerName)), []byte(e.options.Header)) != 1:
		return nil, unknownCaller()
	case query.Get("api-version") != apiVersion:
		return nil, unknownVersion(query.Get("api-version"))
	case query.Get("resource") == "":
		return nil, noResource()
	case query.Has("client_id") || query.Has("principal_id") || query.Has("object_id") || query.Has("mi_res_id"):
		return nil, noSuchIdentity()
	}
	return e.issue(query.Get("resource"))
}

// early is how long before it is given out a token begins to hold, for clocks that
// are behind.
const early = 5 * time.Minute

// issue makes a token for a resource.
func (e *Endpoint) issue(resource string) (*token, *refusal) {
	now := e.options.Now()
	from, until := now.Add(-early).Unix(), now.Add(e.options.Lifetime).Unix()
	issuer := "https://sts.windows.net/" + e.options.TenantID + "/"
	signed, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"aud": resource, "iss": issuer, "iat": from, "nbf": from, "exp": until, "ver": "1.0", "tid": e.options.TenantID,
		"appid": e.options.ClientID, "appidacr": "2", "idp": issuer, "idtyp": "app", "oid": e.options.PrincipalID, "sub": e.options.PrincipalID,
	}).SignedString(e.key)
	if err != nil {
		return nil, broken(err)
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
