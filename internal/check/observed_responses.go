package check

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// addResponses adds the API versions that the service supports, the places in which it accepts URIs, and why images
// were not uploaded by the first call for them.
func (o observations) addResponses(c *Case) {
	for _, e := range c.events(evidence.KindExchange) {
		x := *e.Exchange
		if x.Call == "CreateImagesFromFiles" && !trainingapi.Succeeded(x) {
			o.add("image-upload", "CreateImagesFromData was tried: "+trainingapi.Describe(x))
		}
		if x.Status == 0 {
			continue
		}
		if version, ok := versionOf(x.URL); ok {
			o.add("api-version", version+" "+versionSupport(x.Status))
		}
		if form := uriForm(x); form != "" && x.Call == "CreateProject" && !isAttempt(e.Act) {
			o.add("create-form", form+" "+createOutcome(c, x))
		}
	}
}

func isAttempt(act string) bool { return strings.Contains(act, string(situation.Attempt)+"(") }

// versionOf returns the API version in the path /customvision/{version}/Training/….
func versionOf(link string) (version string, ok bool) {
	u, err := url.Parse(link)
	if err != nil {
		return "", false
	}
	version, _, ok = strings.Cut(strings.TrimPrefix(u.Path, "/customvision/"), "/")
	return version, ok
}

// versionSupport describes the support for the version of a call. Any status shows it, but for those of an unknown
// path and of a fault of the service.
func versionSupport(status int) string {
	switch {
	case status == 404:
		return "returned 404"
	case status >= 500:
		return "returned 5xx"
	}
	return "served"
}

// uriForm returns where a call has its URIs: "query", "body" or "".
func uriForm(x evidence.Exchange) string {
	u, err := url.Parse(x.URL)
	switch {
	case err == nil && (u.Query().Has("notificationQueueUri") || u.Query().Has("exportModelContainerUri")):
		return "query"
	case requestedURIs(x) != uris{}:
		return "body"
	}
	return ""
}

// createOutcome describes the result of a CreateProject with URIs.
func createOutcome(c *Case, x evidence.Exchange) string {
	var created struct {
		Settings struct {
			Queue     string `json:"notificationQueueUri"`
			Container string `json:"exportModelContainerUri"`
		}
	}
	shown := func() uris { return uris{created.Settings.Queue, created.Settings.Container} }
	switch err := trainingapi.Decode(x, &created); {
	case x.Status == 429 || x.Status >= 500: // these do not depend on the URIs
		return fmt.Sprintf("returned %d", x.Status)
	case err != nil:
		return "refused"
	case shown() == uris{} && !wroteTo(c, requestedURIs(x)):
		return "ignored: the response shows no URI, and nothing is written to the storage"
	case requestedURIs(x) != shown():
		return "accepted, but the URIs are not shown as given"
	}
	return "accepted"
}

// wroteTo reports whether the service wrote to the queue or the container with one of these URIs.
func wroteTo(c *Case, u uris) bool {
	var p project
	linkResources(c, &p, u)
	return slices.ContainsFunc(writes(c.events(evidence.KindOperation)), func(e evidence.Event) bool {
		return e.Operation.Resource == p.queue || e.Operation.Resource == p.container
	})
}

// addModelURIs adds the kind of modelUri in a lineage without a container.
func (o observations) addModelURIs(c *Case) {
	for _, e := range c.events(evidence.KindResource) {
		if e.Resource.Service == evidence.Blob {
			return
		}
	}
	for _, m := range c.allMessages() {
		if m.Type == Export && m.Text("Content", "exportStatus") == "ExportCompleted" {
			o.add("model-uri-without-container", linkKind(m.Text("Content", "modelUri")))
		}
	}
}

// linkKind describes the authorization in a link.
func linkKind(link string) string {
	u, err := url.Parse(link)
	switch {
	case link == "" || err != nil || u.Host == "":
		return "no URL"
	case !u.Query().Has("sig"):
		return "a URL without a signature"
	case u.Query().Has("se"):
		return "a SAS with its expiry"
	case u.Query().Has("si"):
		return "a SAS with a stored policy"
	}
	return "a SAS without expiry or policy"
}
