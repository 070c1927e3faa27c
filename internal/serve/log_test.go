package serve_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/serve"
)

func TestLogHasALineForEachRequest(t *testing.T) {
	for format, want := range map[string]string{
		"text": "level=INFO msg=call operation=GetDomains",
		"json": `"level":"INFO","msg":"call","operation":"GetDomains"`,
	} {
		r := run(t, func(o *serve.Options) { o.LogFormat = format })
		r.must("GET", "/domains", "")
		r.must("GET", "/domains", "")
		r.end()
		assert.Equal(t, 2, strings.Count(r.stderr.String(), want), r.stderr)
		for line := range strings.Lines(r.stderr.String()) {
			assert.Equal(t, format == "json", json.Valid([]byte(line)), line)
		}
	}
}

func TestLogLevels(t *testing.T) {
	for level, want := range map[string]bool{"debug": true, "info": true, "warn": false, "error": false} {
		r := run(t, func(o *serve.Options) { o.LogLevel = level })
		r.must("GET", "/domains", "")
		r.end()
		assert.Equal(t, want, strings.Contains(r.stderr.String(), "msg=call"), level)
		assert.Equal(t, want, strings.Contains(r.stderr.String(), "msg=stopping"), level)
	}
}

// The log does not contain signatures, the training key or the account key, in any
// part of a request.
func TestLogContainsNoSecret(t *testing.T) {
	const accountKey = "abcdefghijklmnop"
	for _, format := range []string{"text", "json"} {
		r := run(t, func(o *serve.Options) {
			o.LogLevel, o.LogFormat = "debug", format
			o.ConnectionString = strings.ReplaceAll(unreachable, azurite.AccountKey, accountKey)
		})
		uri := url.QueryEscape("http://127.0.0.1:1/acct/queue?sv=1&sig=c4n4ry%2Bxx")
		response, text, err := r.request("POST", "/projects?name=the-training-key&notificationQueueUri="+uri, "")
		require.NoError(t, err)
		assert.Equal(t, 400, response.StatusCode, text)
		for _, id := range []string{"the-training-key", "x?sig=c4n4ry", accountKey} {
			_, _, err = r.request(
				"PATCH",
				"/projects/"+url.PathEscape(id)+"?sig=c4n4ry",
				`{"settings":{"notificationQueueUri":"http://h/q?sig=c4n4ry"}}`,
			)
			require.NoError(t, err)
		}
		r.end()
		require.Equal(t, 3, strings.Count(r.stderr.String(), "UpdateProject"), r.stderr)
		for _, secret := range []string{"c4n4ry", "the-training-key", accountKey} {
			assert.NotContains(t, r.stderr.String(), secret)
		}
	}
}
