package defect

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
)

// uris is the pair that a project has.
type uris struct {
	Queue     string `json:"notificationQueueUri"`
	Container string `json:"exportModelContainerUri"`
}

// A projectLog is what a faulty service knows of its projects and should not use:
// the document that each had at first and has now, and the project and the URIs
// that anybody made or gave last.
type projectLog struct {
	mu          sync.Mutex
	first, last map[string]entry
	latest      uris
	made        string  // id of the project
	writes      Storage // past all changes
}

// An entry is one project.
type entry struct {
	ID, Name string
	Settings uris
}

// keeping makes a change of f, which is given the service's ledger.
func keeping(f func(*projectLog) []change) change {
	return func(s *service) {
		l := &projectLog{first: map[string]entry{}, last: map[string]entry{}, writes: s.Writes}
		for _, one := range f(l) {
			one(s)
		}
		onResponse(createProject, l.note)(s)
		onResponse(updateProject, l.note)(s)
	}
}

func (l *projectLog) note(_ *http.Request, a *answer) {
	var e entry
	if a.status != http.StatusOK || json.Unmarshal(a.body, &e) != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.first[e.ID]; !known {
		l.first[e.ID], l.made = e, e.ID
	}
	l.last[e.ID] = e
	if e.Settings.Queue != "" {
		l.latest.Queue = e.Settings.Queue
	}
	if e.Settings.Container != "" {
		l.latest.Container = e.Settings.Container
	}
}

// of is what the project had first, what it has, and what anybody had last.
func (l *projectLog) of(project string) (first, last, latest uris) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first[project].Settings, l.last[project].Settings, l.latest
}

// newest is the id of the project that was made last, and what anybody had last.
func (l *projectLog) newest() (project string, latest uris) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.made, l.latest
}

// another is a container of a project that has not this one; "" where there is none.
func (l *projectLog) another(container string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.last {
		if e.Settings.Container != container && e.Settings.Container != "" {
			return e.Settings.Container
		}
	}
	return ""
}

// updated says whether the project has other URIs than at first.
func (l *projectLog) updated(project string) bool {
	first, last, _ := l.of(project)
	return first != last
}

// renamed says whether the project has another name than at first.
func (l *projectLog) renamed(project string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first[project].Name != l.last[project].Name
}

// send and put go past all changes.
func (l *projectLog) send(queue, text string) {
	_ = l.writes.SendMessage(context.Background(), queue, text)
}

func (l *projectLog) put(container, name string) {
	_ = l.writes.PutBlob(context.Background(), container, name, []byte("astray"))
}
