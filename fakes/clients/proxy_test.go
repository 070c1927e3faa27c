package clients_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// proxy is a reverse proxy in front of the service that records the requests of a client.
type proxy struct {
	access // the service through the proxy

	mu    sync.Mutex
	calls []string // method and path
}

// startProxy starts a proxy. If the test fails, the proxy logs the requests.
func startProxy(t *testing.T, service access) *proxy {
	origin, err := url.Parse(service.Endpoint)
	require.NoError(t, err)
	p := &proxy{}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(origin)
		r.Out.Host = r.In.Host // the service builds its links with it
	}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.record(r)
		forward.ServeHTTP(w, r)
	}))
	p.access = access{server.URL, service.Key}
	t.Cleanup(func() {
		server.Close()
		if t.Failed() {
			t.Logf("calls:\n%s", strings.Join(p.calls, "\n"))
		}
	})
	return p
}

func (p *proxy) record(r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, r.Method+" "+r.URL.Path)
}

// checkVersion checks that all requests have that version of the API, except the download of the model.
func (p *proxy) checkVersion(t *testing.T, version string) {
	api := regexp.MustCompile(`/customvision/[^/]*/training/|/customvisionfake/m-`)
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := map[string]bool{}
	for _, call := range p.calls {
		seen[api.FindString(strings.ToLower(call))] = true
	}
	assert.Equal(t, map[string]bool{"/customvision/" + version + "/training/": true, "/customvisionfake/m-": true}, seen)
}
