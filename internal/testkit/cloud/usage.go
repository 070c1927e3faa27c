package cloud

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/cvconform/cvconform/internal/trainingapi"
)

// Counts is the usage of a service.
type Counts struct {
	// Calls is the number of requests by operation of the API reference, including refused ones. Operations that the
	// harness never requests are counted as "other".
	Calls map[string]int
	// Refused is the number of requests refused because of a rate limit or [Service.Refuse].
	Refused int
	// Projects, Trainings, Exports and Images count the projects created, trainings started, exports started and
	// images added.
	Projects, Trainings, Exports, Images int
	// MaxProjects is the largest number of projects at one time, including seeded ones.
	MaxProjects int
	// MaxCallsPerSecond is the largest number of accepted requests within one second.
	MaxCallsPerSecond int
}

// Counts returns the usage so far.
func (s *Service) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts
	c.Calls = maps.Clone(c.Calls)
	return c
}

// TotalCalls returns the number of requests, including refused ones.
func (c Counts) TotalCalls() (n int) {
	for _, calls := range c.Calls {
		n += calls
	}
	return n
}

// countSuccess counts the result of a request that succeeded.
func (s *Service) countSuccess(operation string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch operation {
	case "CreateProject":
		s.counts.Projects++
		s.existing, s.creating = s.existing+1, s.creating-1
		s.counts.MaxProjects = max(s.counts.MaxProjects, s.existing)
	case "DeleteProject":
		s.existing--
	case "TrainProject":
		s.counts.Trainings++
	case "ExportIteration":
		s.counts.Exports++
	case "CreateImagesFromFiles", "CreateImagesFromData":
		s.counts.Images += addedImages(body)
	}
}

// addedImages returns the number of images that a batch added.
func addedImages(body []byte) (n int) {
	var batch struct{ Images []struct{ Status string } }
	_ = json.Unmarshal(body, &batch) // the fake's response is always valid
	for _, image := range batch.Images {
		if image.Status == "OK" {
			n++
		}
	}
	return n
}

// operationName returns the name of the operation that a request calls, empty for a download.
func operationName(r *http.Request) string {
	if !strings.HasPrefix(strings.ToLower(r.URL.Path), "/customvision/") {
		return ""
	}
	if name := trainingapi.ParseRequestLine(r.Method, r.URL.Path).Name; name != "" {
		return name
	}
	return "other"
}
