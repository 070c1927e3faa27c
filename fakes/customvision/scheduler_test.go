package customvision_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// blockedStorage is a storage that keeps Training messages to one queue until it is
// told to give up.
type blockedStorage struct{ *memoryStorage }

func (s blockedStorage) SendMessage(ctx context.Context, queue, text string) error {
	if queue == queueURI && strings.Contains(text, `"Training"`) {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.memoryStorage.SendMessage(ctx, queue, text)
}

// begin makes a project and starts its training.
func (s *service) begin(queue string) string {
	s.Helper()
	project := s.create("p", queue, "").id()
	s.fill(project, "cat", "dog")
	s.train(project)
	return project
}

func TestSlowStorageHoldsUpItsOwnProjectOnly(t *testing.T) {
	const otherQueue = queueURI + "2"
	storage := newMemory()
	storage.add(otherQueue, containerURI)
	inBubble(t, customvision.Options{Storage: blockedStorage{storage}}, func(s *service) {
		s.storage = storage
		s.begin(queueURI)
		s.begin(otherQueue)
		<-time.After(time.Second)
		assert.Contains(s, s.message(otherQueue), "ConnectionTest")
		assert.Len(s, storage.queue(otherQueue), 1, "its training was told while the other waits")
	})
}

func TestCloseWaitsForWhatIsRunning(t *testing.T) {
	storage := newMemory()
	inBubble(t, customvision.Options{Storage: blockedStorage{storage}}, func(s *service) {
		s.begin(queueURI)
		<-time.After(time.Second)
		short, cancel := context.WithTimeout(s.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		require.ErrorIs(s, s.server.Close(short), context.DeadlineExceeded)
		assert.Equal(s, time.Second, time.Since(begun))
		require.NoError(s, s.server.Close(s.Context()), "the first call has cancelled it")
		assert.Equal(s, time.Second, time.Since(begun))
	})
}

// slow is a caller that takes long to read the answer.
type slow struct {
	http.ResponseWriter
	read *atomic.Bool
}

func (w slow) Write(data []byte) (int, error) {
	<-time.After(10 * time.Second)
	w.read.Store(true)
	return w.ResponseWriter.Write(data)
}

func TestNoMessageOvertakesTheAnswer(t *testing.T) {
	inBubble(t, customvision.Options{TrainingDuration: 1}, func(s *service) {
		project := s.create("p", queueURI, "").id()
		s.message(queueURI)
		s.fill(project, "cat", "dog")
		var read atomic.Bool
		s.storage.before = func(string) { assert.True(s, read.Load()) }
		request := httptest.NewRequestWithContext(
			s.Context(),
			"POST",
			"/customvision/v3.3/training/projects/"+project+"/train",
			nil,
		)
		request.Header.Set("Training-Key", s.key)
		s.server.ServeHTTP(slow{httptest.NewRecorder(), &read}, request)
		synctest.Wait()
		assert.Contains(s, s.message(queueURI), "TrainingCompleted")
	})
}
