package steps_test

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// uris is the pair that a project has.
type uris struct {
	Queue     string `json:"notificationQueueUri"`
	Container string `json:"exportModelContainerUri"`
}

// A ledger is what a faulty service knows of its projects and should not use:
// the URIs that each had at first, and those that anybody gave last.
type ledger struct {
	mu          sync.Mutex
	first, last map[string]uris
	latest      uris
	storage     customvision.Storage // past all faults
}

// keeping makes a fault of f, which is given the service's ledger.
func keeping(f func(*ledger) []fault) fault {
	return func(s *service) {
		l := &ledger{first: map[string]uris{}, last: map[string]uris{}, storage: s.options.Storage}
		for _, one := range f(l) {
			one(s)
		}
		answering(createProject, l.note)(s)
		answering(updateProject, l.note)(s)
	}
}

func (l *ledger) note(_ *http.Request, a *answer) {
	var doc struct {
		ID       string
		Settings uris
	}
	if a.status != http.StatusOK || json.Unmarshal(a.body, &doc) != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.first[doc.ID]; !known {
		l.first[doc.ID] = doc.Settings
	}
	l.last[doc.ID] = doc.Settings
	if doc.Settings.Queue != "" {
		l.latest.Queue = doc.Settings.Queue
	}
	if doc.Settings.Container != "" {
		l.latest.Container = doc.Settings.Container
	}
}

// of is what the project had first, what it has, and what anybody had last.
func (l *ledger) of(project string) (first, last, latest uris) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first[project], l.last[project], l.latest
}

// send and put go past all other faults.
func (l *ledger) send(queue, text string) {
	_ = l.storage.SendMessage(context.Background(), queue, text)
}

func (l *ledger) put(container, name string) {
	_ = l.storage.PutBlob(context.Background(), container, name, []byte("astray"))
}
