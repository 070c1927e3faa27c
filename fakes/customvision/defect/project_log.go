package defect

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
)

// uris are the storage URIs of a project.
type uris struct {
	Queue     string `json:"notificationQueueUri"`
	Container string `json:"exportModelContainerUri"`
}

// projectLog records the projects of a service from its responses: the first and the latest document of each project,
// the newest project, and the URIs that were given last to any project. Faulty services use them instead of the right
// ones.
type projectLog struct {
	mu          sync.Mutex
	first, last map[string]entry // by id
	latest      uris             // of any project
	newestID    string
	writes      Storage // without the changes of the defects
}

// entry is one project.
type entry struct {
	ID, Name string
	Settings uris
}

// withProjectLog returns a change that makes the changes of f, which may use a log of the service's projects.
func withProjectLog(f func(*projectLog) []change) change {
	return func(s *service) {
		l := &projectLog{first: map[string]entry{}, last: map[string]entry{}, writes: s.Writes}
		for _, c := range f(l) {
			c(s)
		}
		onResponse(createProject, l.record)(s)
		onResponse(updateProject, l.record)(s)
	}
}

// record records the project in a response.
func (l *projectLog) record(_ *http.Request, a *response) {
	var e entry
	if a.status != http.StatusOK || json.Unmarshal(a.body, &e) != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.first[e.ID]; !known {
		l.first[e.ID], l.newestID = e, e.ID
	}
	l.last[e.ID] = e
	if e.Settings.Queue != "" {
		l.latest.Queue = e.Settings.Queue
	}
	if e.Settings.Container != "" {
		l.latest.Container = e.Settings.Container
	}
}

// urisOf returns the first and the current URIs of a project, and the latest ones of any project.
func (l *projectLog) urisOf(project string) (first, last, latest uris) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first[project].Settings, l.last[project].Settings, l.latest
}

// newest returns the id of the newest project.
func (l *projectLog) newest() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.newestID
}

// otherContainer returns a container of a project that does not use this one, empty if there is none.
func (l *projectLog) otherContainer(container string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.last {
		if e.Settings.Container != container && e.Settings.Container != "" {
			return e.Settings.Container
		}
	}
	return ""
}

// isUpdated reports whether the URIs of a project have changed.
func (l *projectLog) isUpdated(project string) bool {
	first, last, _ := l.urisOf(project)
	return first != last
}

// isRenamed reports whether the name of a project has changed.
func (l *projectLog) isRenamed(project string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first[project].Name != l.last[project].Name
}

// send sends a message that the changes of other defects do not affect.
func (l *projectLog) send(queue, text string) {
	_ = l.writes.SendMessage(context.Background(), queue, text)
}

// put writes a blob that the changes of other defects do not affect.
func (l *projectLog) put(container, name string) {
	_ = l.writes.PutBlob(context.Background(), container, name, []byte("misplaced"))
}
