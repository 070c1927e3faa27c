package recording

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
)

// A historyBuilder extracts the histories from the timeline of one situation.
type historyBuilder struct {
	provoked  map[string]string // see [Metadata]
	situation string            // key
	resources []evidence.Event
	histories []*History
	messages  map[string]evidence.Message    // at the end, by id
	blobs     map[string]evidence.StoredBlob // at the end, by container/name
}

// buildHistories returns the histories of one situation.
func buildHistories(provoked map[string]string, s Situation) []*History {
	b := &historyBuilder{
		provoked:  provoked,
		situation: s.Key,
		messages:  map[string]evidence.Message{},
		blobs:     map[string]evidence.StoredBlob{},
	}
	b.register(s.Events)
	for _, e := range s.Events {
		switch e.Kind {
		case evidence.KindExchange:
			b.addExchange(e)
		case evidence.KindDownload:
			if h := b.byLabel(e.Project); h != nil {
				c := h.latest()
				c.Links = append(c.Links, *e.Download)
			}
		}
	}
	for _, h := range b.histories {
		h.findRefusedProjectID()
	}
	for _, e := range s.Events {
		if e.Kind == evidence.KindOperation && e.Operation.Succeeded() &&
			(e.Operation.Writes() || e.Operation.Name == "DeleteBlob") {
			b.addEffect(e)
		}
	}
	return b.histories
}

// register collects the resources of the situation, and the messages and blobs at the end.
func (b *historyBuilder) register(events []evidence.Event) {
	for _, e := range events {
		switch e.Kind {
		case evidence.KindMessage:
			b.messages[e.Message.ID] = *e.Message
		case evidence.KindBlob:
			b.blobs[e.Blob.Container+"/"+e.Blob.Name] = *e.Blob
		case evidence.KindResource:
			b.resources = append(b.resources, e)
		}
	}
}

// findRefusedProjectID sets the id of a project that the service refused but created, from a list of
// projects.
func (h *History) findRefusedProjectID() {
	for _, x := range h.Main[0].Reads {
		if x.Call != "GetProjects" || h.ID != "" {
			continue
		}
		var one struct{ ID string }
		if json.Unmarshal(ProjectElement(x.Body, "", h.Main[0].Params.Name), &one) == nil {
			h.ID = one.ID
		}
	}
}

// addExchange adds one call to its history.
func (b *historyBuilder) addExchange(e evidence.Event) {
	x := *e.Exchange
	c := callOf(x)
	if c.Name == "CreateProject" {
		b.startProject(e, c)
		return
	}
	h := b.historyFor(c.Project, e.Project)
	if h == nil {
		return
	}
	switch c.Name {
	case "UpdateProject", "TrainProject":
		h.Main = append(h.Main, b.newTransition(h, e, c))
	case "ExportIteration":
		h.Exports = append(h.Exports, b.newTransition(h, e, c))
	case "CreateTag", "CreateImagesFromFiles", "CreateImagesFromData":
		h.Uploads = append(h.Uploads, b.newTransition(h, e, c))
	case "GetIteration":
		training := h.trainingOf(c.Iteration)
		training.Reads = append(training.Reads, x)
	default:
		latest := h.latest()
		latest.Reads = append(latest.Reads, x)
	}
}

// startProject adds a history.
func (b *historyBuilder) startProject(e evidence.Event, c Call) {
	h := &History{SituationKey: b.situation, Label: e.Project, NameSuffix: NameSuffix(c.Params().Name), currentAct: e.Act}
	h.Main = []*Transition{b.newTransition(h, e, c)}
	h.ID = h.Main[0].ID
	b.histories = append(b.histories, h)
}

// newTransition returns a transition of a history.
func (b *historyBuilder) newTransition(h *History, e evidence.Event, c Call) *Transition {
	t := &Transition{History: h, Act: e.Act, Call: *e.Exchange, ID: createdID(*e.Exchange)}
	var before Params
	if len(h.Main) > 0 {
		t.Node, before = h.Main[len(h.Main)-1].After(), h.current()
	}
	if c.Name == "CreateProject" || c.Name == "UpdateProject" {
		t.Params = c.Params()
		t.Resources = [2]*evidence.Resource{b.resource(t.Params.Queue), b.resource(t.Params.Container)}
	}
	t.Key = c.ActKey(t.Params, KeyContext{
		Before:    before,
		Provoked:  b.provoked,
		Queue:     uriClass(e.Act, "queue", t.Params.Queue, t.Resources[0]),
		Container: uriClass(e.Act, "container", t.Params.Container, t.Resources[1]),
	})
	return t
}

// uriClass returns the class of a recorded URI. Only the act tells that a resource refuses every
// request, or was not created.
func uriClass(act, service, uri string, created *evidence.Resource) string {
	switch {
	case uri == "":
		return NoURI
	case strings.Contains(act, service+"="+Forbidden):
		return Forbidden
	case strings.Contains(act, service+"="+Missing):
		return Missing
	case created != nil:
		return Usable
	}
	return uri
}

// resource returns the queue or the container with that URI; nil if none was created.
func (b *historyBuilder) resource(uri string) *evidence.Resource {
	for _, e := range b.resources {
		if uri != "" && e.Resource.URI == uri {
			return e.Resource
		}
	}
	return nil
}

// historyFor returns the history of the project with that id, or else with that label.
func (b *historyBuilder) historyFor(id, label string) *History {
	for _, h := range b.histories {
		if id != "" && strings.EqualFold(h.ID, id) {
			return h
		}
	}
	return b.byLabel(label)
}

// byLabel returns the last history with that label.
func (b *historyBuilder) byLabel(label string) *History {
	for _, h := range slices.Backward(b.histories) {
		if h.Label == label {
			return h
		}
	}
	return nil
}

// trainingOf returns the transition that created the iteration, or else the latest.
func (h *History) trainingOf(iteration string) *Transition {
	for _, c := range h.Main {
		if c.ID != "" && c != h.Main[0] && strings.EqualFold(c.ID, iteration) {
			return c
		}
	}
	return h.latest()
}

// addEffect adds an operation on storage to its history.
func (b *historyBuilder) addEffect(e evidence.Event) {
	op := *e.Operation
	h := b.historyCausing(e)
	if h == nil {
		return
	}
	effect := Effect{Operation: op, Encoding: "text", Content: Content{SHA256: op.SHA256, Length: op.Length}}
	if m, ok := b.messages[op.MessageID]; ok {
		effect.Encoding, effect.BOM = m.Encoding, m.BOM
	}
	if stored, ok := b.blobs[op.Resource+"/"+op.Object]; ok && storesFinalContent(stored, op) {
		effect.Content = Content{stored.SHA256, stored.Length, stored.Entries}
	}
	effect.named = h.isNamedIn(op)
	c := h.at(e)
	c.Effects = append(c.Effects, effect)
}

// isNamedIn reports whether an operation has the id of the project.
func (h *History) isNamedIn(op evidence.Operation) bool {
	return h.ID != "" && (strings.Contains(op.Text, h.ID) || strings.Contains(op.Object, h.ID))
}

// storesFinalContent reports whether the operation stored the content that the blob has at the end: the
// body of the request, a blob made of blocks, or, if the operation was inferred, the content with the
// same ETag.
func storesFinalContent(b evidence.StoredBlob, op evidence.Operation) bool {
	switch {
	case op.Inferred != "":
		return op.ETag == "" || op.ETag == b.ETag
	case op.Name != "PutBlob" && op.Name != "PutBlock":
		return true
	}
	return b.SHA256 == op.SHA256
}

// historyCausing returns the history of the project that caused an operation: the one whose id it has,
// or else the one with its queue or container.
func (b *historyBuilder) historyCausing(e evidence.Event) *History {
	for _, h := range b.histories {
		if h.isNamedIn(*e.Operation) {
			return h
		}
	}
	for _, r := range b.resources {
		if r.Resource.Name != e.Operation.Resource || r.Resource.Service != e.Operation.Service {
			continue
		}
		for _, h := range b.histories {
			if h.Label == r.Project && (r.Project != "attempt" || h.currentAct == r.Act) {
				return h
			}
		}
	}
	return b.byLabel("")
}

// at returns the transition in which an operation happened: the one of its act, or else the latest that
// had begun.
func (h *History) at(e evidence.Event) *Transition {
	best := h.Main[0]
	for _, c := range h.Transitions() {
		if c.Act == e.Act {
			return c
		}
		if !c.Call.Began.After(e.Operation.Ended) && !c.Call.Began.Before(best.Call.Began) {
			best = c
		}
	}
	return best
}
