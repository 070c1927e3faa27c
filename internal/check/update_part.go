package check

import (
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// NamedURIsSet requires that GetProject shows the URIs that the update names.
func NamedURIsSet() Check {
	return Check{Name: "named-uris-set", Judge: func(c *Case) *Problem {
		update, problem := c.response()
		if problem != nil {
			return problem
		}
		return shownProblem(c, requestedURIs(*update.Exchange))
	}}
}

// OtherURIKept requires that GetProject shows the URI that the update does not name as it was before.
func OtherURIKept() Check {
	return Check{Name: "other-uri-kept", Judge: func(c *Case) *Problem {
		update, problem := c.response()
		if problem != nil {
			return problem
		}
		before, problem := getProjectBefore(c, update)
		if problem != nil {
			return problem
		}
		settings := settingsOf(before)
		want := uris{stringIn(settings, "notificationQueueUri"), stringIn(settings, "exportModelContainerUri")}
		named := requestedURIs(*update.Exchange)
		if named.queue != "" {
			want.queue = ""
		}
		if named.container != "" {
			want.container = ""
		}
		if want == (uris{}) {
			return fail("GetProject shows the URI that the update did not name", "it showed none before the update", before)
		}
		return shownProblem(c, want)
	}}
}

// shownProblem returns the problem of a later GetProject that does not show these URIs. It may show others.
func shownProblem(c *Case, want uris) *Problem {
	e, problem := c.laterGet("GetProject")
	if problem != nil {
		return problem
	}
	if err := trainingapi.Decode(*e.Exchange, new(any)); err != nil {
		return fail("a project whose settings show the URIs", err.Error(), e)
	}
	settings := settingsOf(e)
	if want.queue != "" {
		problem = uriProblem(e, settings, "notificationQueueUri", want.queue)
	}
	if problem == nil && want.container != "" {
		problem = uriProblem(e, settings, "exportModelContainerUri", want.container)
	}
	return problem
}

// settingsOf returns the settings in the response to GetProject.
func settingsOf(e evidence.Event) map[string]any {
	var doc struct {
		Settings map[string]any `json:"settings"`
	}
	_ = trainingapi.Decode(*e.Exchange, &doc) // without settings, no URI is shown
	return doc.Settings
}

func stringIn(object map[string]any, name string) string {
	s, _ := object[name].(string)
	return s
}
