package trainingapi_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

func TestDecodeError(t *testing.T) {
	const html = "<html>\n  <body>Sign in</body></html>"
	for want, x := range map[string]evidence.Exchange{
		"GetProject got no response: no response within 10s (budget request)": {Error: "no response within 10s (budget request)"},
		`GetProject returned 500: {"code":"Unknown"}`:                         {Status: 500, Body: `{"code":"Unknown"}`},
		"GetProject returned 429 (no Retry-After, so no retry): (empty body)": {Status: 429},
		"GetProject returned 429 (Retry-After: 99999; attempts: 1): busy": {
			Status: 429, Body: "busy", Header: map[string]string{"Retry-After": "99999"},
		},
		"GetProject returned 503 (Retry-After: 1; attempts: 3): (empty body)": {
			Status: 503, Header: map[string]string{"Retry-After": "1"},
			Refused: make([]evidence.Refusal, 2)},
		"GetProject returned 503: (empty body)": {Status: 503},
		"GetProject returned 404: (empty body)": {Status: 404},
		"GetProject returned 200, but the response is incomplete: read the response: unexpected EOF": {
			Status: 200, Body: "{", Error: "read the response: unexpected EOF",
		},
		"GetProject returned 200, but not the expected JSON (text/html): <html> <body>Sign in</body></html> (invalid character '<' looking for beginning of value)": {
			Status: 200, Body: html, Header: map[string]string{"Content-Type": "text/html; charset=utf-8"}},
		"GetProject returned 200, but not the expected JSON: (gzip data) (without the header Content-Encoding: gzip)": {
			Status: 200, Body: "\x1f\uFFFD\x08"},
		"GetProject returned 200, but not the expected JSON: (binary data) (its Content-Encoding is br, which the request does not accept)": {
			Status: 200, Body: "\x00\x01", Header: map[string]string{"Content-Encoding": "br"}},
		"GetProject returned 200, but not the expected JSON: (empty body) (unexpected end of JSON input)": {
			Status: 200, Header: map[string]string{"Content-Type": "application/json"}},
		"GetProject returned 200, but not the expected JSON: [] (json: cannot unmarshal array into Go value of type trainingapi.Project)": {
			Status: 200, Body: "[]"},
	} {
		x.Call = "GetProject"
		var p trainingapi.Project
		assert.EqualError(t, trainingapi.Decode(x, &p), want)
	}
}

func TestDecode(t *testing.T) {
	var p trainingapi.Project
	x := evidence.Exchange{Status: 200, Body: `{"id":"p1","settings":{"domainId":"d1","new":true}}`}
	assert.NoError(t, trainingapi.Decode(x, &p))
	assert.Equal(t, []string{"p1", "d1"}, []string{p.ID, p.Settings.DomainID})
}

func TestTruncate(t *testing.T) {
	assert.Equal(t, strings.Repeat("ü", 300)+"…", trainingapi.Truncate(strings.Repeat("ü", 301)))
	assert.Equal(t, "a b", trainingapi.Truncate(" a\r\n\tb "))
	assert.Equal(t, "(gzip data)", trainingapi.Truncate("\x1f\uFFFD\x08\x00"))
}
