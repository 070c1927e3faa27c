package outbound_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/outbound"
)

func TestHosts(t *testing.T) {
	hosts, err := outbound.ParseHosts("storage.example", "*.blob.core.windows.net", " Gateway ")
	require.NoError(t, err)
	for host, allowed := range map[string]bool{
		"localhost": true, "LOCALHOST:10000": true, "a.localhost": true,
		"127.0.0.1:1": true, "127.9.9.9": true, "[::1]:1": true,
		"storage.example": true, "STORAGE.example.": true, "a.blob.core.windows.net": true, "gateway:99": true,
		"a.storage.example": false, "storage.example.evil": false, "blob.core.windows.net": false, "notlocalhost": false,
		"10.0.0.1": false, "169.254.169.254": false, "0.0.0.0": false, "[::]": false, "[::ffff:127.0.0.1]": true, "": false,
	} {
		err := hosts.Check(&url.URL{Scheme: "http", Host: host})
		if allowed {
			assert.NoError(t, err, host)
			continue
		}
		var refused *outbound.HostError
		require.ErrorAs(t, err, &refused, host)
		assert.Contains(t, err.Error(), "is not on the list of hosts")
	}
	for _, bad := range []string{"", "  ", "http://h", "h/path", "u@h", "["} {
		_, err := outbound.ParseHosts(bad)
		assert.ErrorContains(t, err, "is not the name of a host", bad)
	}
}

func TestClientUsesAllowListAndFollowsNoRedirect(t *testing.T) {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	t.Cleanup(server.Close)
	client := outbound.NewClient(nil, nil)
	response, err := client.Get(server.URL)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusFound, response.StatusCode, "the redirect is returned")
	assert.Equal(t, 1, calls, "the redirect is not followed")
	_, err = client.Get("http://10.0.0.1/")
	assert.ErrorContains(t, err, "host 10.0.0.1 is not on the list")
}

func TestHookRespondsInsteadOfHost(t *testing.T) {
	seen := []string{}
	hook := func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		seen = append(seen, r.URL.Path)
		if r.URL.Path == "/through" {
			return next.RoundTrip(r)
		}
		return &http.Response{StatusCode: http.StatusTeapot, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
	}
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	for path, status := range map[string]int{"/through": http.StatusNotFound, "/intercepted": http.StatusTeapot} {
		r, err := http.NewRequestWithContext(outbound.WithHook(t.Context(), hook), "GET", server.URL+path, nil)
		require.NoError(t, err)
		response, err := outbound.NewClient(nil, nil).Do(r)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, status, response.StatusCode)
	}
	assert.ElementsMatch(t, []string{"/through", "/intercepted"}, seen)
}
