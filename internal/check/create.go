package check

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/jsonfile"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// ResponseIsProject requires that the response to the last act is 200 with a project that has an id.
func ResponseIsProject() Check {
	return responseCheck("response-is-project", func(_ *Case, e evidence.Event) *Problem {
		var created trainingapi.Project
		if err := trainingapi.Decode(*e.Exchange, &created); err != nil {
			return fail("200 with a project", err.Error(), e)
		}
		if e.Exchange.Status != 200 {
			return fail("200 with a project", trainingapi.Describe(*e.Exchange), e)
		}
		if created.ID == "" {
			return fail("200 with a project that has an id", "200 with "+trainingapi.Truncate(e.Exchange.Body), e)
		}
		return nil
	})
}

// ResponseShowsURIs requires that the settings in the response show the URIs of the request, as equal strings. One
// that was not requested is absent, null or empty.
func ResponseShowsURIs() Check {
	return responseCheck("response-shows-uris", func(c *Case, e evidence.Event) *Problem {
		problem := urisProblem(e, e.Exchange.Body, requestedURIs(*e.Exchange))
		if problem != nil && c.Situation.Last().Body && strings.HasPrefix(createOutcome(c, *e.Exchange), "ignored") {
			return fail(problem.Want, "the service ignored the URIs in the JSON body: "+problem.Got+
				", and nothing is written to the storage", e)
		}
		return problem
	})
}

// GetProjectShowsURIs requires that GetProject shows the URIs after the last act.
func GetProjectShowsURIs() Check {
	return Check{Name: "get-project-shows-uris", Immediate: true, Judge: func(c *Case) *Problem {
		e, problem := c.laterGet("GetProject")
		if problem != nil {
			return problem
		}
		response, _ := c.response()
		return urisProblem(e, e.Exchange.Body, requestedURIs(*response.Exchange))
	}}
}

// ListShowsURIs requires that the project list shows the project with the URIs.
func ListShowsURIs() Check {
	return immediate(projectCheck("list-shows-uris", func(c *Case, p project) *Problem {
		e, problem := c.laterGet("GetProjects")
		if problem != nil {
			return problem
		}
		var list []json.RawMessage
		if err := trainingapi.Decode(*e.Exchange, &list); err != nil {
			return fail("a list of projects", err.Error(), e)
		}
		for _, document := range list {
			var one trainingapi.Project
			if json.Unmarshal(document, &one) == nil && sameID(one.ID, p.id) {
				response, _ := c.response()
				return urisProblem(e, string(document), requestedURIs(*response.Exchange))
			}
		}
		return fail("project "+p.id+" in the list", fmt.Sprintf("%d projects, that one not among them", len(list)), e)
	}))
}

// urisProblem compares the URIs in a project document with the requested ones.
func urisProblem(e evidence.Event, document string, want uris) *Problem {
	var doc struct {
		Settings map[string]any `json:"settings"`
	}
	const project = "a project whose settings show the URIs"
	if err := trainingapi.Decode(*e.Exchange, new(any)); err != nil {
		return fail(project, err.Error(), e)
	}
	if err := json.Unmarshal([]byte(document), &doc); err != nil {
		got := fmt.Sprintf("%s returned %d with %s", e.Exchange.Call, e.Exchange.Status, trainingapi.Truncate(document))
		return fail(project, got, e)
	}
	return first(
		uriProblem(e, doc.Settings, "notificationQueueUri", want.queue),
		uriProblem(e, doc.Settings, "exportModelContainerUri", want.container))
}

func uriProblem(e evidence.Event, settings map[string]any, name, want string) *Problem {
	got, present := settings[name]
	path := "settings." + name
	switch {
	case want != "" && !present:
		return fail(fmt.Sprintf("%s = %q", path, want), describeAbsent(path, settings, name), e)
	case want != "" && got != any(want):
		return fail(fmt.Sprintf("%s = %q", path, want), fmt.Sprintf("%s = %s", path, compactJSON(got)), e)
	case want == "" && present && got != nil && got != any(""):
		return fail(path+" absent, null or empty: it was not given", fmt.Sprintf("%s = %s", path, compactJSON(got)), e)
	}
	return nil
}

func compactJSON(v any) string {
	b, err := jsonfile.EncodeLine(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSuffix(string(b), "\n")
}
