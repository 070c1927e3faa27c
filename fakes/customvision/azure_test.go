package customvision_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/journal"
)

// TestDefaultStorageRequiresSAS uses an account that first accepts and then refuses requests.
func TestDefaultStorageRequiresSAS(t *testing.T) {
	var bodies []string
	var refuses atomic.Bool
	account := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuses.Load() {
			w.Header().Set("X-Ms-Error-Code", "AuthorizationPermissionMismatch")
			w.WriteHeader(http.StatusForbidden)
			return
		}
		body, _ := io.ReadAll(r.Body)
		bodies = append(bodies, string(body))
		w.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(account.Close)
	server := customvision.New(customvision.Options{})
	s := &service{
		T:       t,
		server:  server,
		client:  &http.Client{Transport: handlerTransport{server}},
		origin:  "http://vision.test",
		version: "v3.3",
		key:     server.TrainingKey(),
	}
	s.requireError(
		s.call("POST", "/projects?name=p", object{"notificationQueueUri": account.URL + "/acct/notes"}),
		400,
		"BadRequestInvalidUri",
	)
	assert.Empty(t, bodies)
	requireOK[object](
		s,
		s.call("POST", "/projects?name=p", object{"notificationQueueUri": account.URL + "/acct/notes?sig=x"}),
	)
	assert.Len(t, bodies, 1)
	assert.Contains(t, bodies[0], "ConnectionTest")
	sent := server.Journal().Entries(journal.Filter{Operation: "PutMessage"})
	assert.Len(t, sent, 1)
	assert.Equal(t, bodies[0], sent[0].Request, "the journal records the message")
	refuses.Store(true)
	message := s.requireError(
		s.call("POST", "/projects?name=p", object{"exportModelContainerUri": account.URL + "/acct/models?sig=x"}),
		400,
		"BadRequestInvalidUri",
	)
	assert.Equal(t, "The container cannot be used: storage returned 403 AuthorizationPermissionMismatch.", message)
}

func TestDefaultStorageRefusesOtherHosts(t *testing.T) {
	server := customvision.New(customvision.Options{})
	s := &service{
		T:       t,
		server:  server,
		client:  &http.Client{Transport: handlerTransport{server}},
		origin:  "http://vision.test",
		version: "v3.3",
		key:     server.TrainingKey(),
	}
	message := s.requireError(
		s.call("POST", "/projects?name=p", object{"notificationQueueUri": "http://10.0.0.1/acct/notes?sig=x"}),
		400,
		"BadRequestInvalidUri",
	)
	assert.Equal(
		t,
		"The queue cannot be used: host 10.0.0.1 is not on the list of hosts that this service may reach (--allow-host of cvconform serve, or the options in Go).",
		message,
	)
	assert.Empty(t, requireOK[[]object](s, s.call("GET", "/projects", nil)), "nothing was created")
}
