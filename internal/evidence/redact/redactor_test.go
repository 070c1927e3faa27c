package redact_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/evidence/redact"
	"github.com/cvconform/cvconform/internal/testkit/secrets"
)

const (
	trainingKey = secrets.TrainingKey
	accountKey  = secrets.AccountKey
	sig         = secrets.Signature
)

// encoded returns the Base64 encoding of s.
func encoded(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func TestRedact(t *testing.T) {
	escaped := url.QueryEscape(sig)
	sas := "https://h/c/b?sv=2021-08-06&sig=" + escaped + "&se=2026-03-01"
	for name, c := range map[string]struct{ in, want string }{
		"nothing":                    {"", ""},
		"no secret":                  {`{"design":"signature=none","sig":1}`, `{"design":"signature=none","sig":1}`},
		"training key":               {"key " + trainingKey + "!", "key ⟦training-key:1⟧!"},
		"account key":                {"AccountKey=" + accountKey + ";", "AccountKey=⟦account-key:1⟧;"},
		"account key, encoded":       {"k=" + url.QueryEscape(accountKey) + "&x=1", "k=⟦account-key:1⟧&x=1"},
		"account key, small hex":     {"k=" + small(url.QueryEscape(accountKey)), "k=⟦account-key:1⟧"},
		"account key, twice encoded": {url.QueryEscape(url.QueryEscape(accountKey)), "⟦account-key:1⟧"},
		"account key, in JSON":       {strings.NewReplacer("/", `\/`, "=", `\u003D`).Replace(accountKey), "⟦account-key:1⟧"},
		"sig first":                  {"https://h/c/b?sig=" + escaped, "https://h/c/b?sig=⟦sig:1⟧"},
		"sig in the middle":          {sas, "https://h/c/b?sv=2021-08-06&sig=⟦sig:1⟧&se=2026-03-01"},
		"sig, not encoded":           {"sig=" + sig + "&se=1", "sig=⟦sig:1⟧&se=1"},
		"a URL in a query, sig first": {"u=" + url.QueryEscape("https://h/c/b?sig="+escaped+"&se=1"),
			"u=https%3A%2F%2Fh%2Fc%2Fb%3Fsig%3D⟦sig:1⟧%26se%3D1"},
		"a URL in a query": {"u=" + url.QueryEscape(sas) + "&v=1",
			"u=https%3A%2F%2Fh%2Fc%2Fb%3Fsv%3D2021-08-06%26sig%3D⟦sig:1⟧%26se%3D2026-03-01&v=1"},
		"a URL in a URL in a query": {url.QueryEscape(url.QueryEscape("?sig=" + escaped + "&se=1")), "%253Fsig%253D⟦sig:1⟧%2526se%253D1"},
		"sig in JSON":               {`{"modelUri":"` + sas + `"}`, `{"modelUri":"https://h/c/b?sv=2021-08-06&sig=⟦sig:1⟧&se=2026-03-01"}`},
		"sig in escaped JSON":       {`"?a=1\u0026sig=` + escaped + `\u0026se=1"`, `"?a=1\u0026sig=⟦sig:1⟧\u0026se=1"`},
		"plain sig in escaped JSON": {`"?sig\u003D` + strings.NewReplacer("+", `\u002B`, "=", `\u003D`, "/", `\/`).Replace(sig) + `\u0026se=1"`,
			`"?sig\u003D⟦sig:1⟧\u0026se=1"`},
		"bearer":                           {"Authorization: Bearer eyJhbGciOi.J9-x_y.z~1", "Authorization: Bearer ⟦bearer:1⟧"},
		"basic":                            {"Bearer of news", "Bearer of news"},
		"Base64 of a key":                  {`{"k":"` + encoded(trainingKey) + `"}`, `{"k":"⟦training-key:1⟧"}`},
		"Base64 of a key in a header":      {"Basic " + encoded("user:"+accountKey) + " x", "Basic ⟦account-key:1⟧ x"},
		"Base64 of a key for URLs":         {"?k=" + base64.RawURLEncoding.EncodeToString([]byte("~~?"+trainingKey)) + "&x=1", "?k=⟦training-key:1⟧&x=1"},
		"Base64 of a key, percent-encoded": {"?k=" + url.QueryEscape(encoded("~~?~~>"+trainingKey)), "?k=⟦training-key:1⟧"},
		"Base64 of a key, escaped in JSON": {strings.ReplaceAll(encoded("~~?"+trainingKey), "/", `\/`), "⟦training-key:1⟧"},
		"Base64 of a key in a path":        {"http://h/p/" + encoded(trainingKey), "http://⟦training-key:1⟧"},
		"Base64 of a link":                 {encoded(sas) + "!", "⟦sig:1⟧!"},
		"Base64 of Bearer":                 {encoded("Bearer eyJhbGciOi.J9"), "⟦bearer:1⟧"},
		"Base64 of two keys, between other texts": {"a " + encoded(trainingKey) + " b " + encoded("no secret at all, whatever") + " c " + encoded(accountKey),
			"a ⟦training-key:1⟧ b " + encoded("no secret at all, whatever") + " c ⟦account-key:1⟧"},
	} {
		t.Run(name, func(t *testing.T) {
			r := secrets.Redactor()
			got := r.Redact(c.in)
			assert.Equal(t, c.want, got)
			assert.Equal(t, got, r.Redact(got), "redacting again changes nothing")
		})
	}
}

// small is a percent-encoded text with its hexadecimal digits in lower case.
func small(s string) string {
	return strings.NewReplacer("%2F", "%2f", "%3D", "%3d", "%2B", "%2b").Replace(s)
}

func TestEqualSecretsGetEqualMarkers(t *testing.T) {
	r := secrets.Redactor()
	first := r.Redact("?sig=" + sig)
	assert.Equal(t, "?sig=⟦sig:2⟧", r.Redact("?sig=other"))
	for _, again := range []string{"?sig=" + url.QueryEscape(sig), "?sig=" + url.PathEscape(sig), "?sig=" + small(url.QueryEscape(sig))} {
		assert.Equal(t, first, r.Redact(again), again)
	}
	assert.Equal(t, "Bearer ⟦bearer:1⟧", r.Redact("Bearer abcdefgh"))
	assert.True(t, redact.HasMarker(first, "sig"))
	assert.False(t, redact.HasMarker(first, "bearer"))
}

func TestZeroRedactorReplacesPatternsOnly(t *testing.T) {
	r := &redact.Redactor{}
	r.AddSecret("training-key", "")
	assert.Equal(t, trainingKey+" sig=⟦sig:1⟧", r.Redact(trainingKey+" sig=x"))
}
