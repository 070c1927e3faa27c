package customvision_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/fakes/customvision/journal"
)

func newServiceWithDefects(t *testing.T, names ...string) customvision.Options {
	t.Helper()
	defects, err := defect.Choose(names...)
	require.NoError(t, err)
	return customvision.Options{Defects: defects}
}

func TestDefectsAffectResponsesAndStorage(t *testing.T) {
	inBubble(t, newServiceWithDefects(t, "backup-zip", "create-renames", "training-message-twice"), func(s *service) {
		created := s.create("p", queueURI, containerURI)
		assert.Equal(t, "other", created["name"])
		assert.Contains(t, s.nextMessage(queueURI), "ConnectionTest")
		s.addTaggedImages(created.id(), "cat", "dog")
		iteration := s.train(created.id())
		s.waitForWork()
		assert.Equal(t, s.nextMessage(queueURI), s.nextMessage(queueURI))
		requireOK[object](s, s.call("POST", exportPath(created.id(), iteration)+"?platform=ONNX", nil))
		s.waitForWork()
		assert.Contains(t, s.storage.blobs(containerURI), created.id()+" - "+iteration+".ONNX.zip")
	})
}

// TestDefectStateIsPerServer checks that a reset clears the state of a defect, too.
func TestDefectStateIsPerServer(t *testing.T) {
	const second = queueURI + "2"
	for range 2 {
		s := newService(t, newServiceWithDefects(t, "one-queue-for-all"))
		s.storage.add(second, containerURI)
		s.create("p", second, "")
		s.create("q", queueURI, "")
		assert.Len(t, s.storage.queue(second), 2)
		require.NoError(t, s.server.Reset(t.Context()))
		s.create("p", queueURI, "")
		assert.Len(t, s.storage.queue(queueURI), 1)
	}
}

func TestCloseCancelsDelayedDefect(t *testing.T) {
	inBubble(t, newServiceWithDefects(t, "connection-test-late-on-create"), func(s *service) {
		s.create("p", queueURI, "")
		s.waitForWork()
		assert.Len(t, s.storage.queue(queueURI), 1, "the message is sent late")
		s.create("q", queueURI, "")
		require.NoError(t, s.server.Close(s.Context()))
		s.waitForWork()
		assert.Len(t, s.storage.queue(queueURI), 1, "the message is not sent")
	})
}

func TestCloseInterruptsSlowDefect(t *testing.T) {
	inBubble(t, newServiceWithDefects(t, "test-blob-slow"), func(s *service) {
		start, done := time.Now(), make(chan struct{})
		go func() { s.create("p", "", containerURI); close(done) }()
		<-time.After(time.Second)
		require.NoError(t, s.server.Close(s.Context()))
		<-done
		assert.Equal(t, time.Second, time.Since(start))
	})
}

// TestJournalRecordsDefects checks that the journal has the responses that callers received and the operations of
// defects.
func TestJournalRecordsDefects(t *testing.T) {
	account := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusCreated
		if r.Method == http.MethodDelete {
			status = http.StatusAccepted
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(account.Close)
	server := customvision.New(newServiceWithDefects(t, "create-to-another-container", "get-fails", "uris-not-kept"))
	t.Cleanup(func() { require.NoError(t, server.Close(context.WithoutCancel(t.Context()))) })
	s := &service{
		T:       t,
		server:  server,
		client:  &http.Client{Transport: handlerTransport{server}},
		origin:  "http://vision.test",
		version: "v3.3",
		key:     server.TrainingKey(),
	}
	id := s.create("p", "", account.URL+"/acct/models?sig=x").id()
	s.create("q", "", "")
	assert.Equal(t, 404, s.call("GET", "/projects/"+id, nil).status)
	var got []string
	for _, e := range server.Journal().Entries(journal.Filter{}) {
		got = append(got, strings.Join([]string{string(e.Kind), e.Method, e.Operation, http.StatusText(e.Status)}, " "))
	}
	assert.Equal(t, []string{
		"storage PUT PutBlob Created", "storage DELETE DeleteBlob Accepted", "api PATCH UpdateProject OK",
		"api POST CreateProject OK",
		"storage PUT PutBlob Created", "api PATCH UpdateProject OK", "api POST CreateProject OK", "api GET  Not Found",
	}, got)
}
