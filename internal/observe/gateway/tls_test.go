package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestStorageBehindTLS(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(created))
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	storage := parsed(t, s.URL)
	for name, c := range map[string]struct {
		roots *tls.Config
		want  int
	}{
		"known certificate":   {&tls.Config{RootCAs: roots}, http.StatusCreated},
		"unknown certificate": {nil, http.StatusBadGateway},
	} {
		t.Run(name, func(t *testing.T) {
			g := startWithOptions(t, Options{Blob: storage, Queue: storage, TLS: c.roots})
			w := g.Subscribe(nil)
			response, _ := send(t, http.MethodPut, g.BlobURL().String()+"/a/c/b", strings.NewReader("x"))
			assert.Equal(t, c.want, response.StatusCode)
			assert.Equal(t, c.want == http.StatusCreated, only(t, w).Succeeded())
		})
	}
}
