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

// A wire stands between a client and the service and writes down what is called.
type wire struct {
	access // the service by way of the wire

	mu    sync.Mutex
	calls []string // method and path
}

// listen puts a wire before the service. Where the test fails, it says what was
// called.
func listen(t *testing.T, behind access) *wire {
	origin, err := url.Parse(behind.Endpoint)
	require.NoError(t, err)
	w := &wire{}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(origin)
		r.Out.Host = r.In.Host // the service makes its links from it
	}}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.note(r)
		forward.ServeHTTP(rw, r)
	}))
	w.access = access{server.URL, behind.Key}
	t.Cleanup(func() {
		server.Close()
		if t.Failed() {
			t.Logf("calls:\n%s", strings.Join(w.calls, "\n"))
		}
	})
	return w
}

func (w *wire) note(r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, r.Method+" "+r.URL.Path)
}

// checkVersion wants every call to be of that version of the API, but for the
// download of the model.
func (w *wire) checkVersion(t *testing.T, version string) {
	api := regexp.MustCompile(`/customvision/[^/]*/training/|^get /m-`)
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := map[string]bool{}
	for _, call := range w.calls {
		seen[api.FindString(strings.ToLower(call))] = true
	}
	assert.Equal(t, map[string]bool{"/customvision/" + version + "/training/": true, "get /m-": true}, seen)
}
