package trainingapi

import (
	"fmt"
	"net/url"
	"strings"
)

// The parameters of a path pattern.
const (
	projectParam   = "{project}"
	iterationParam = "{iteration}"
)

// A Route is one call of the API.
type Route struct {
	Name    string // operation in the API reference: "CreateProject"
	Method  string
	Pattern string // path below /customvision/{version}/Training, with {project} and {iteration}
}

// Routes returns the calls that the harness makes. Their names are unique.
func Routes() []Route {
	const (
		projects  = "/projects"
		project   = projects + "/" + projectParam
		iteration = project + "/iterations/" + iterationParam
	)
	return []Route{
		{"GetDomains", "GET", "/domains"},
		{"GetProjects", "GET", projects},
		{"CreateProject", "POST", projects},
		{"GetProject", "GET", project},
		{"UpdateProject", "PATCH", project},
		{"DeleteProject", "DELETE", project},
		{"CreateTag", "POST", project + "/tags"},
		{"CreateImagesFromData", "POST", project + "/images"},
		{"CreateImagesFromFiles", "POST", project + "/images/files"},
		{"TrainProject", "POST", project + "/train"},
		{"GetIteration", "GET", iteration},
		{"GetExports", "GET", iteration + "/export"},
		{"ExportIteration", "POST", iteration + "/export"},
	}
}

// FindRoute returns the route of a call by its name.
func FindRoute(name string) (Route, error) {
	for _, r := range Routes() {
		if r.Name == name {
			return r, nil
		}
	}
	return Route{}, fmt.Errorf("unknown call %q of the Training API", name)
}

// Path returns the path of a request of that version, with the ids escaped.
func (r Route) Path(version, project, iteration string) string {
	ids := strings.NewReplacer(projectParam, url.PathEscape(project), iterationParam, url.PathEscape(iteration))
	return "/customvision/" + version + "/Training" + ids.Replace(r.Pattern)
}

// A RequestTarget is the target of a request line: a call of the API and the ids in the path.
type RequestTarget struct {
	Name               string // of the call; "" if no route matches
	Version            string // lower case
	Project, Iteration string // ids in the path; "" where it has none
}

// ParseRequestLine returns the target of a request. Like the service, it compares paths without regard to case.
func ParseRequestLine(method, path string) RequestTarget {
	words := strings.Split(strings.Trim(path, "/"), "/")
	if len(words) < 4 || !strings.EqualFold(words[0], "customvision") || !strings.EqualFold(words[2], "training") {
		return RequestTarget{}
	}
	t := RequestTarget{Version: strings.ToLower(words[1])}
	words = words[3:]
	if len(words) > 1 && strings.EqualFold(words[0], "projects") {
		t.Project, words[1] = words[1], projectParam
	}
	if len(words) > 3 && strings.EqualFold(words[2], "iterations") {
		t.Iteration, words[3] = words[3], iterationParam
	}
	pattern := "/" + strings.ToLower(strings.Join(words, "/"))
	for _, r := range Routes() {
		if r.Method == method && r.Pattern == pattern {
			t.Name = r.Name
		}
	}
	return t
}
