package check

import (
	"encoding/json"
	"fmt"
	"mime"
	"regexp"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// ResponseIsProject: the answer to the last act is 200 with a project that has an id.
func ResponseIsProject() Check {
	return Check{Name: "answer-is-project", Answer: true, Judge: func(c *Case) *Problem {
		e, ok := c.answer()
		if !ok {
			return c.noAnswer()
		}
		var made trainingapi.Project
		if err := trainingapi.Decode(*e.Exchange, &made); err != nil {
			return fail("200 with a project", err.Error(), e)
		}
		if e.Exchange.Status != 200 {
			return fail("200 with a project", outcome(*e.Exchange), e)
		}
		if made.ID == "" {
			return fail("200 with a project that has an id", "200 with "+trainingapi.Truncate(e.Exchange.Body), e)
		}
		return nil
	}}
}

// ResponseShowsURIs: the settings in the answer show the URIs that the call gave,
// as strings equal to what was given; one that was not given is absent, null or empty.
func ResponseShowsURIs() Check {
	return Check{Name: "answer-shows-uris", Answer: true, Judge: func(c *Case) *Problem {
		e, ok := c.answer()
		if !ok {
			return c.noAnswer()
		}
		return shows(e, e.Exchange.Body, requestedURIs(*e.Exchange))
	}}
}

// GetProjectShowsURIs: GetProject shows the URIs after the last act.
func GetProjectShowsURIs() Check {
	return Check{Name: "get-project-shows-uris", Judge: func(c *Case) *Problem {
		e, problem := c.laterGet("GetProject")
		if problem != nil {
			return problem
		}
		answer, _ := c.answer()
		return shows(e, e.Exchange.Body, requestedURIs(*answer.Exchange))
	}}
}

// ListShowsURIs: the project list shows the project with the URIs.
func ListShowsURIs() Check {
	return Check{Name: "list-shows-uris", Judge: func(c *Case) *Problem {
		e, problem := c.laterGet("GetProjects")
		if problem != nil {
			return problem
		}
		p, problem := c.singleProject()
		if problem != nil {
			return problem
		}
		var list []json.RawMessage
		if err := trainingapi.Decode(*e.Exchange, &list); err != nil {
			return fail("a list of projects", err.Error(), e)
		}
		for _, raw := range list {
			var one trainingapi.Project
			if json.Unmarshal(raw, &one) == nil && sameID(one.ID, p.id) {
				answer, _ := c.answer()
				return shows(e, string(raw), requestedURIs(*answer.Exchange))
			}
		}
		return fail("project "+p.id+" in the list", fmt.Sprintf("%d projects, that one not among them", len(list)), e)
	}}
}

// laterGet is the call that looked at the project after the last act's answer.
func (c *Case) laterGet(call string) (evidence.Event, *Problem) {
	answer, ok := c.answer()
	if !ok {
		return answer, c.noAnswer()
	}
	for _, e := range c.calls(c.lastAct(), call) {
		if e.Seq > answer.Seq {
			return e, nil
		}
	}
	return answer, &Problem{Kind: Broken, Summary: call + " is not on record after the act"}
}

// shows compares the two URIs in a project document with what was given.
func shows(e evidence.Event, document string, want uris) *Problem {
	var doc struct {
		Settings map[string]any `json:"settings"`
	}
	const project = "a project whose settings show the URIs"
	if err := trainingapi.Decode(*e.Exchange, new(any)); err != nil {
		return fail(project, err.Error(), e)
	}
	if err := json.Unmarshal([]byte(document), &doc); err != nil {
		return fail(
			project,
			fmt.Sprintf("%s answered %d with %s", e.Exchange.Call, e.Exchange.Status, trainingapi.Truncate(document)),
			e,
		)
	}
	return first(
		showsOne(e, doc.Settings, "notificationQueueUri", want.queue),
		showsOne(e, doc.Settings, "exportModelContainerUri", want.container))
}

func showsOne(e evidence.Event, settings map[string]any, name, want string) *Problem {
	got, present := settings[name]
	where := "settings." + name
	switch {
	case want != "" && !present:
		return fail(fmt.Sprintf("%s = %q", where, want), where+" is absent", e)
	case want != "" && got != any(want):
		return fail(fmt.Sprintf("%s = %q", where, want), fmt.Sprintf("%s = %s", where, compact(got)), e)
	case want == "" && present && got != nil && got != any(""):
		return fail(where+" absent, null or empty: it was not given", fmt.Sprintf("%s = %s", where, compact(got)), e)
	}
	return nil
}

func compact(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// CompleteProjectDocument: the answer is a whole project document of the documented types
// (API reference, and recorded traffic for which members are null).
func CompleteProjectDocument() Check {
	return Check{Name: "whole-project", Answer: true, Judge: func(c *Case) *Problem {
		e, ok := c.answer()
		if !ok {
			return c.noAnswer()
		}
		var doc map[string]any
		if err := trainingapi.Decode(*e.Exchange, &doc); err != nil {
			return fail("200 with a project", err.Error(), e)
		}
		kind, _, _ := mime.ParseMediaType(e.Exchange.Header["Content-Type"])
		if kind != "application/json" {
			return fail("content type application/json", fmt.Sprintf("content type %q", e.Exchange.Header["Content-Type"]), e)
		}
		settings, _ := doc["settings"].(map[string]any)
		if problem := members(e, "", doc, projectMembers(requestedName(*e.Exchange))); problem != nil {
			return problem
		}
		return members(e, "settings.", settings, settingsMembers())
	}}
}

// An expectation is what one member of a document has to be.
type expectation struct {
	name, want string
	holds      func(v any) bool
}

func projectMembers(name string) []expectation {
	return []expectation{
		{"id", "a UUID", isUUID}, {"name", fmt.Sprintf("%q, as given", name), func(v any) bool { return v == any(name) }},
		{"description", "a string or null", orNull(isString)}, {"settings", "an object", isObject},
		{"created", "an RFC 3339 time in UTC", isTime}, {"lastModified", "an RFC 3339 time in UTC", isTime},
		{"thumbnailUri", "a string or null", orNull(isString)}, {"drModeEnabled", "a boolean or null", orNull(isBool)},
		{"status", `"Succeeded"`, func(v any) bool { return v == any("Succeeded") }},
	}
}

func settingsMembers() []expectation {
	return []expectation{
		{"domainId", "a UUID", isUUID}, {"classificationType", "a string or null", orNull(isString)},
		{"targetExportPlatforms", "an array", isArray}, {"useNegativeSet", "a boolean or null", orNull(isBool)},
		{"detectionParameters", "a string or null", orNull(isString)},
		{"imageProcessingSettings", "an object with an object augmentationMethods", func(v any) bool {
			object, _ := v.(map[string]any)
			return isObject(object["augmentationMethods"])
		}},
	}
}

func members(e evidence.Event, at string, doc map[string]any, want []expectation) *Problem {
	for _, x := range want {
		v, present := doc[x.name]
		if !present {
			return fail(at+x.name+": "+x.want, at+x.name+" is absent", e)
		}
		if !x.holds(v) {
			return fail(at+x.name+": "+x.want, fmt.Sprintf("%s%s = %s", at, x.name, compact(v)), e)
		}
	}
	return nil
}

func isString(v any) bool { _, ok := v.(string); return ok }
func isBool(v any) bool   { _, ok := v.(bool); return ok }
func isArray(v any) bool  { _, ok := v.([]any); return ok }
func isObject(v any) bool { _, ok := v.(map[string]any); return ok }
func isUUID(v any) bool   { s, _ := v.(string); return uuid.MatchString(s) }

func isTime(v any) bool {
	s, _ := v.(string)
	_, err := time.Parse(time.RFC3339Nano, s)
	return err == nil && (strings.HasSuffix(s, "Z") || strings.HasSuffix(s, "+00:00"))
}

func orNull(is func(any) bool) func(any) bool {
	return func(v any) bool { return v == nil || is(v) }
}
