package check

import (
	"fmt"
	"mime"
	"regexp"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/check/seen"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// CompleteProjectDocument requires that the response is a complete project document with members of the documented
// types (API reference; recorded traffic shows which members may be null).
func CompleteProjectDocument() Check {
	return responseCheck("complete-project-document", func(c *Case, e evidence.Event) *Problem {
		var doc map[string]any
		if err := trainingapi.Decode(*e.Exchange, &doc); err != nil {
			return fail("200 with a project", err.Error(), e)
		}
		contentType := e.Exchange.Header["Content-Type"]
		if mediaType, _, _ := mime.ParseMediaType(contentType); mediaType != "application/json" {
			return fail("content type application/json", fmt.Sprintf("content type %q", contentType), e)
		}
		settings, _ := doc["settings"].(map[string]any)
		return first(
			membersProblem(e, "", doc, projectMembers(requestedName(*e.Exchange))),
			membersProblem(e, "settings.", settings, settingsMembers()),
			timeProblem(c, e, doc, "created"),
			timeProblem(c, e, doc, "lastModified"))
	})
}

// An expectation describes one member of a document.
type expectation struct {
	name, want string
	isValid    func(v any) bool
}

func projectMembers(name string) []expectation {
	return []expectation{
		{"id", "a UUID", isUUID},
		{"name", fmt.Sprintf("%q, as given", name), func(v any) bool { return v == any(name) }},
		{"description", "a string or null", orNull(isString)},
		{"settings", "an object", isObject},
		{"created", "an RFC 3339 time in UTC", isTime},
		{"lastModified", "an RFC 3339 time in UTC", isTime},
		{"thumbnailUri", "a string or null", orNull(isString)},
		{"drModeEnabled", "a boolean or null", orNull(isBool)},
		{"status", `"Succeeded"`, func(v any) bool { return v == any("Succeeded") }},
	}
}

func settingsMembers() []expectation {
	return []expectation{
		{"domainId", "a UUID", isUUID},
		{"classificationType", "a string or null", orNull(isString)},
		{"targetExportPlatforms", "an array", isArray},
		{"useNegativeSet", "a boolean or null", orNull(isBool)},
		{"detectionParameters", "a string or null", orNull(isString)},
		{"imageProcessingSettings", "an object with an object augmentationMethods", func(v any) bool {
			object, _ := v.(map[string]any)
			return isObject(object["augmentationMethods"])
		}},
	}
}

func membersProblem(e evidence.Event, path string, doc map[string]any, want []expectation) *Problem {
	for _, x := range want {
		v, present := doc[x.name]
		if !present {
			return fail(path+x.name+": "+x.want, describeAbsent(path+x.name, doc, x.name), e)
		}
		if !x.isValid(v) {
			return fail(path+x.name+": "+x.want, fmt.Sprintf("%s%s = %s", path, x.name, compactJSON(v)), e)
		}
	}
	return nil
}

// describeAbsent says that a member of an object is absent, and how it is misspelt.
func describeAbsent(path string, object map[string]any, name string) string {
	if text := seen.MisspeltMember(object, name); text != "" {
		return path + " is absent: it " + text
	}
	return path + " is absent"
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

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

// maxClockSkew is the permitted difference between the clocks of the service and of the harness.
const maxClockSkew = time.Minute

// timeProblem returns the problem of a time in the response that is not within a minute of the call. A replay answers
// with recorded times.
func timeProblem(c *Case, e evidence.Event, doc map[string]any, name string) *Problem {
	s, _ := doc[name].(string)
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || c.Replayed {
		return nil
	}
	began, ended := e.Exchange.Began, e.Exchange.Ended
	if at.Before(began.Add(-maxClockSkew)) || at.After(ended.Add(maxClockSkew)) {
		return fail(fmt.Sprintf("%s within %s of the call, which began at %s", name, maxClockSkew,
			began.UTC().Format(time.RFC3339)), name+" = "+s, e)
	}
	return nil
}

func orNull(isValid func(any) bool) func(any) bool {
	return func(v any) bool { return v == nil || isValid(v) }
}
