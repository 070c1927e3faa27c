package serve_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/serve"
)

// startWritableStorage starts storage that accepts every write, and returns the URL of its account.
func startWritableStorage(t *testing.T) string {
	storage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusCreated
		if r.Method == http.MethodDelete {
			status = http.StatusAccepted
		}
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		if r.Method == http.MethodPost {
			_, _ = w.Write([]byte("<QueueMessagesList></QueueMessagesList>"))
		}
	}))
	t.Cleanup(storage.Close)
	return storage.URL + "/account"
}

func TestTestFolderAndMessageEncoding(t *testing.T) {
	storage := startWritableStorage(t)
	uris := "&exportModelContainerUri=" + url.QueryEscape(storage+"/models?sig=x") +
		"&notificationQueueUri=" + url.QueryEscape(storage+"/notes?sig=x")
	for _, c := range []struct{ folder, encoding, path, message string }{
		{"", "", "/models/CustomVision-TestPermission/", "ConnectionTest"},
		{"Mine", "base64", "/models/Mine/", "eyJ2ZXJzaW9uIjoiMS4wIiwidHlwZSI6IkNvbm5lY3Rpb25UZXN0Ii"},
	} {
		r := run(t, func(o *serve.Options) { o.TestFolder, o.MessageEncoding = c.folder, c.encoding })
		r.must("POST", "/projects?name=p"+uris, "")
		assert.Contains(t, r.must("GET", "control:/journal?operation=PutBlob", ""), c.path)
		assert.Contains(t, r.must("GET", "control:/journal?operation=PutMessage", ""), c.message)
		sent := r.must("GET", "control:/messages", "")
		assert.Contains(t, sent, `"queue":"notes","status":201,"message":{"version":"1.0","type":"ConnectionTest","Content":{`)
		assert.JSONEq(t, "[]", r.must("GET", "control:/messages?project=other", ""))
		assert.Contains(t, r.must("POST", "control:/reset", ""), `"projects":0`)
		r.end()
	}
}
