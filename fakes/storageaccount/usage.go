package storageaccount

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
)

// Counts are what a service was asked for.
type Counts struct {
	Calls             map[string]int // by operation of the API reference, refused ones too; "other" for those that the harness never makes
	Refused           int            // calls, because of a rate or of [Service.Refuse]
	Projects          int            // made
	Trainings         int            // begun
	Exports           int            // begun
	Images            int            // taken
	MostProjects      int            // that were there at a time, those of before included
	MaxCallsPerSecond int            // calls that passed within one second
}

// Counts is what the service was asked for so far.
func (s *Service) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts
	c.Calls = maps.Clone(c.Calls)
	return c
}

// Asked is how many calls there were, refused ones too.
func (c Counts) Asked() (n int) {
	for _, calls := range c.Calls {
		n += calls
	}
	return n
}

// done counts what a call that was answered well has done.
func (s *Service) done(operation string, answer []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch operation {
	case "CreateProject":
		s.counts.Projects++
		s.existing, s.creating = s.existing+1, s.creating-1
		s.counts.MostProjects = max(s.counts.MostProjects, s.existing)
	case "DeleteProject":
		s.existing--
	case "TrainProject":
		s.counts.Trainings++
	case "ExportIteration":
		s.counts.Exports++
	case "CreateImagesFromFiles", "CreateImagesFromData":
		s.counts.Images += countAdded(answer)
	}
}

// countAdded is how many images a batch added.
func countAdded(answer []byte) (n int) {
	var batch struct{ Images []struct{ Status string } }
	_ = json.Unmarshal(answer, &batch) // our own fake's
	for _, image := range batch.Images {
		if image.Status == "OK" {
			n++
		}
	}
	return n
}

// A operationRecorder operation is never served: it only has a name.
type operationRecorder string

// ServeHTTP implements http.Handler.
func (operationRecorder) ServeHTTP(http.ResponseWriter, *http.Request) {}

// operationName knows the operations that the harness makes, by method and path.
func operationName() *http.ServeMux {
	mux := http.NewServeMux()
	const root, project, iteration = "/customvision/{version}/Training", "/projects/{project}", "/iterations/{iteration}"
	for call, name := range map[string]operationRecorder{
		"GET /domains": "GetDomains", "POST /projects": "CreateProject", "GET /projects": "GetProjects",
		"GET " + project: "GetProject", "PATCH " + project: "UpdateProject", "DELETE " + project: "DeleteProject",
		"POST " + project + "/tags": "CreateTag", "POST " + project + "/images": "CreateImagesFromData",
		"POST " + project + "/images/files": "CreateImagesFromFiles", "POST " + project + "/train": "TrainProject",
		"GET " + project + iteration: "GetIteration", "POST " + project + iteration + "/export": "ExportIteration",
		"GET " + project + iteration + "/export": "GetExports",
	} {
		method, path, _ := strings.Cut(call, " ")
		mux.Handle(method+" "+root+path, name)
	}
	return mux
}

// operation names a call; "" is a download.
func (s *Service) operation(r *http.Request) string {
	if !strings.HasPrefix(strings.ToLower(r.URL.Path), "/customvision/") {
		return ""
	}
	found, _ := s.naming.Handler(r)
	if name, ok := found.(operationRecorder); ok {
		return string(name)
	}
	return "other"
}
