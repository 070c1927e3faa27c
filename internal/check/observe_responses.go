package check

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// addResponses adds what the calls of one lineage show: in which forms the URIs were
// taken, and which API versions were served.
func (o observations) addResponses(c *Case) {
	for _, e := range c.events(evidence.KindExchange) {
		x := *e.Exchange
		if version, ok := versionOf(x.URL); ok && x.Status != 0 {
			o.add("api-version", version+" "+versionSupport(x.Status))
		}
		if form := formOf(x); form != "" && x.Status != 0 && x.Call == "CreateProject" &&
			!strings.Contains(e.Act, string(situation.Attempt)+"(") {
			o.add("create-form", form+" "+createURIsOutcome(x))
		}
	}
}

// versionOf is the API version in the path /customvision/{version}/Training/…
func versionOf(link string) (version string, ok bool) {
	u, err := url.Parse(link)
	if err != nil {
		return "", false
	}
	version, _, ok = strings.Cut(strings.TrimPrefix(u.Path, "/customvision/"), "/")
	return version, ok
}

// versionSupport says what an answer means for its version: whatever it says, it is served,
// unless the path is not known or the service is at fault.
func versionSupport(status int) string {
	switch {
	case status == 404:
		return "answered 404"
	case status >= 500:
		return "answered 5xx"
	}
	return "served"
}

// formOf is where the call carries URIs; "" where it carries none.
func formOf(x evidence.Exchange) string {
	u, err := url.Parse(x.URL)
	switch {
	case err == nil && (u.Query().Has("notificationQueueUri") || u.Query().Has("exportModelContainerUri")):
		return "query"
	case requestedURIs(x) != uris{}:
		return "body"
	}
	return ""
}

// createURIsOutcome says what became of the URIs of a CreateProject.
func createURIsOutcome(x evidence.Exchange) string {
	var made struct{ Settings shownURIs }
	switch err := trainingapi.Decode(x, &made); {
	case x.Status == 429 || x.Status >= 500: // which says nothing of the form
		return fmt.Sprintf("answered %d", x.Status)
	case err != nil:
		return "refused"
	}
	want := requestedURIs(x)
	if made.Settings.Queue != want.queue || made.Settings.Container != want.container {
		return "answered, the URIs not shown as given"
	}
	return "taken"
}

// shownURIs are the two URIs as settings show them.
type shownURIs struct {
	Queue     string `json:"notificationQueueUri"`
	Container string `json:"exportModelContainerUri"`
}

// addModelURIs adds what modelUri was in a lineage that had no container.
func (o observations) addModelURIs(c *Case) {
	for _, e := range c.events(evidence.KindResource) {
		if e.Resource.Service == evidence.Blob {
			return
		}
	}
	for _, m := range c.messages() {
		if m.kind == Export && m.text("Content", "exportStatus") == "ExportCompleted" {
			o.add("model-uri-without-container", linkKind(m.text("Content", "modelUri")))
		}
	}
}

// linkKind says what authorises a link.
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

// addLags adds what was there first, a training's or an export's message or the status
// that it announces, act by act. An order that was not observed adds nothing.
func (o observations) addLags(c *Case) {
	for _, m := range c.messages() {
		if m.stored.Seq == 0 || callOf(m.kind) == "" {
			continue
		}
		looks := c.looks(m.kind, m.stored.Act)
		op := m.stored.Operation
		if op.Inferred != "" && looks.finished.After(op.Began) && !looks.finished.After(op.Ended) {
			continue
		}
		switch stored := m.stored.Operation.Ended; {
		case looks.unfinished.After(stored):
			o.add("status-lag", m.kind+": message first")
		case !looks.finished.IsZero() && looks.finished.Before(stored):
			o.add("status-lag", m.kind+": status first")
		case !looks.finished.IsZero():
			o.add("status-lag", m.kind+": status at the first look after the message")
		}
	}
}

// statusReads are what was seen of a status in one act.
type statusReads struct {
	unfinished time.Time // when the last look was begun that did not show the end
	finished   time.Time // when the first look was answered that did
}

func (c *Case) looks(kind, act string) (l statusReads) {
	for _, e := range c.eventsIn(act, evidence.KindExchange) {
		switch over, is := isFinalStatus(kind, *e.Exchange); {
		case !is:
		case over && l.finished.IsZero():
			l.finished = e.Exchange.Ended
		case !over && l.finished.IsZero():
			l.unfinished = e.Exchange.Began
		}
	}
	return l
}

// isFinalStatus says whether the exchange is a look at the status of a training or an
// export, and whether it showed the end of one.
func isFinalStatus(kind string, x evidence.Exchange) (over, is bool) {
	var it trainingapi.Iteration
	var list []trainingapi.Export
	switch {
	case kind == Training && x.Call == "GetIteration" && trainingapi.Decode(x, &it) == nil:
		over, _ = it.Finished()
		return over, true
	case kind == Export && x.Call == "GetExports" && trainingapi.Decode(x, &list) == nil && len(list) > 0:
		over, _ = list[len(list)-1].Finished()
		return over, true
	}
	return false, false
}
