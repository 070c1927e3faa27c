package customvision_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// blockedStorage blocks Training messages to one queue until their context ends.
type blockedStorage struct{ *memoryStorage }

func (s blockedStorage) SendMessage(ctx context.Context, queue, text string) error {
	if queue == queueURI && strings.Contains(text, `"Training"`) {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.memoryStorage.SendMessage(ctx, queue, text)
}

// startTraining creates a project and starts its training.
func (s *service) startTraining(queue string) string {
	s.Helper()
	project := s.create("p", queue, "").id()
	s.addTaggedImages(project, "cat", "dog")
	s.train(project)
	return project
}

func TestSlowStorageDelaysOnlyItsProject(t *testing.T) {
	const otherQueue = queueURI + "2"
	storage := newMemoryStorage()
	storage.add(otherQueue, containerURI)
	inBubble(t, customvision.Options{Storage: blockedStorage{storage}}, func(s *service) {
		s.storage = storage
		s.startTraining(queueURI)
		s.startTraining(otherQueue)
		<-time.After(time.Second)
		assert.Contains(s, s.nextMessage(otherQueue), "ConnectionTest")
		assert.Len(s, storage.queue(otherQueue), 1, "its message was sent while the other is blocked")
	})
}

func TestCloseWaitsForRunningWork(t *testing.T) {
	storage := newMemoryStorage()
	inBubble(t, customvision.Options{Storage: blockedStorage{storage}}, func(s *service) {
		s.startTraining(queueURI)
		<-time.After(time.Second)
		short, cancel := context.WithTimeout(s.Context(), time.Second)
		defer cancel()
		start := time.Now()
		require.ErrorIs(s, s.server.Close(short), context.DeadlineExceeded)
		assert.Equal(s, time.Second, time.Since(start))
		require.NoError(s, s.server.Close(s.Context()), "the first call has cancelled the work")
		assert.Equal(s, time.Second, time.Since(start))
	})
}

// slowWriter delays the body of a response.
type slowWriter struct {
	http.ResponseWriter
	read *atomic.Bool
}

func (w slowWriter) Write(data []byte) (int, error) {
	<-time.After(10 * time.Second)
	w.read.Store(true)
	return w.ResponseWriter.Write(data)
}

func TestMessageFollowsResponse(t *testing.T) {
	inBubble(t, customvision.Options{TrainingDuration: 1}, func(s *service) {
		project := s.create("p", queueURI, "").id()
		s.nextMessage(queueURI)
		s.addTaggedImages(project, "cat", "dog")
		var read atomic.Bool
		s.storage.before = func(string) { assert.True(s, read.Load()) }
		request := httptest.NewRequestWithContext(
			s.Context(),
			"POST",
			"/customvision/v3.3/training/projects/"+project+"/train",
			nil,
		)
		request.Header.Set("Training-Key", s.key)
		s.server.ServeHTTP(slowWriter{httptest.NewRecorder(), &read}, request)
		synctest.Wait()
		assert.Contains(s, s.nextMessage(queueURI), "TrainingCompleted")
	})
}

// A writerBeforeReturn calls a function with the first part of the response, before the handler continues.
type writerBeforeReturn struct {
	*httptest.ResponseRecorder
	onWrite func()
}

func (w *writerBeforeReturn) Write(b []byte) (int, error) {
	n, err := w.ResponseRecorder.Write(b)
	w.onWrite()
	return n, err
}

// A client that has the response to TrainProject may advance the clock before the handler has returned.
func TestAdvanceRightAfterResponseCompletesTraining(t *testing.T) {
	fake := customvision.New(customvision.Options{TrainingKey: "key", TrainingDuration: time.Hour})
	defer fake.Close(context.Background())
	project := trainableProject("fruit")
	require.NoError(t, fake.Seed(t.Context(), customvision.Seed{Projects: []customvision.SeedProject{project}}))
	began, advanced := fake.Now(), make(chan error, 1)
	advance := func() {
		go func() { advanced <- fake.Advance(t.Context(), time.Hour) }()
		for fake.Now().Sub(began) < time.Hour {
			runtime.Gosched()
		}
	}
	call := func(method, path string, onWrite func()) string {
		r := httptest.NewRequestWithContext(t.Context(), method,
			"/customvision/v3.3/Training/projects/"+project.ID().String()+path, strings.NewReader(""))
		r.Header.Set("Training-Key", "key")
		w := &writerBeforeReturn{httptest.NewRecorder(), onWrite}
		fake.ServeHTTP(w, r)
		require.Equal(t, http.StatusOK, w.Code, w.Body)
		return w.Body.String()
	}
	call("POST", "/train", advance)
	require.NoError(t, <-advanced)
	assert.Contains(t, call("GET", "/iterations", func() {}), `"status":"Completed"`)
}
