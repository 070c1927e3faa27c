package recording

import (
	"encoding/json"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
)

// A historyBuilder takes the stories out of one situation's timeline.
type historyBuilder struct {
	head      Metadata
	of        string
	resources []evidence.Event
	stories   []*History
	messages  map[string]evidence.Message    // by id, as they are at the end
	blobs     map[string]evidence.StoredBlob // by container/name, likewise
}

// buildHistories tells the stories of one situation.
func buildHistories(head Metadata, s Situation) []*History {
	t := &historyBuilder{
		head:     head,
		of:       s.Key,
		messages: map[string]evidence.Message{},
		blobs:    map[string]evidence.StoredBlob{},
	}
	t.register(s.Events)
	for _, e := range s.Events {
		switch e.Kind {
		case evidence.KindExchange:
			t.exchange(e)
		case evidence.KindDownload:
			if of := t.labelled(e.Project); of != nil {
				c := of.latest()
				c.Links = append(c.Links, *e.Download)
			}
		}
	}
	for _, s := range t.stories {
		s.findRefusedProjectID()
	}
	for _, e := range s.Events {
		if e.Kind == evidence.KindOperation && e.Operation.Succeeded() &&
			(e.Operation.Writes() || e.Operation.Name == "DeleteBlob") {
			t.effect(e)
		}
	}
	return t.stories
}

// register takes in what was made for the situation, and what was there in the end.
func (t *historyBuilder) register(events []evidence.Event) {
	for _, e := range events {
		switch e.Kind {
		case evidence.KindMessage:
			t.messages[e.Message.ID] = *e.Message
		case evidence.KindBlob:
			t.blobs[e.Blob.Container+"/"+e.Blob.Name] = *e.Blob
		case evidence.KindResource:
			t.resources = append(t.resources, e)
		}
	}
}

// findRefusedProjectID looks for the id of a project that was refused, and is there all the same.
func (s *History) findRefusedProjectID() {
	for _, x := range s.Main[0].Reads {
		if x.Call != "GetProjects" || s.ID != "" {
			continue
		}
		var one struct{ ID string }
		if json.Unmarshal(ProjectElement(x.Body, "", s.Main[0].Params.Name), &one) == nil {
			s.ID = one.ID
		}
	}
}

// exchange takes in one call.
func (t *historyBuilder) exchange(e evidence.Event) {
	x := *e.Exchange
	c := callOf(x)
	if c.Name == "CreateProject" {
		t.startProject(e, c)
		return
	}
	s := t.historyFor(c.Project, e.Project)
	if s == nil {
		return
	}
	switch c.Name {
	case "UpdateProject", "TrainProject":
		s.Main = append(s.Main, t.startTransition(s, e, c))
	case "ExportIteration":
		s.Exports = append(s.Exports, t.startTransition(s, e, c))
	case "CreateTag", "CreateImagesFromFiles", "CreateImagesFromData":
		s.Uploads = append(s.Uploads, t.startTransition(s, e, c))
	case "GetIteration":
		look := s.trained(c.Iteration)
		look.Reads = append(look.Reads, x)
	default:
		look := s.latest()
		look.Reads = append(look.Reads, x)
	}
}

// startProject begins a story.
func (t *historyBuilder) startProject(e evidence.Event, c Call) {
	g := c.Given()
	s := &History{SituationKey: t.of, Label: e.Project, NameSuffix: NameSuffix(g.Name), currentAct: e.Act}
	s.Main = []*Transition{t.startTransition(s, e, c)}
	s.ID = s.Main[0].ID
	t.stories = append(t.stories, s)
}

// startTransition begins a chapter of a story.
func (t *historyBuilder) startTransition(s *History, e evidence.Event, c Call) *Transition {
	ch := &Transition{Story: s, Act: e.Act, Call: *e.Exchange, ID: answeredID(*e.Exchange)}
	var before Params
	if len(s.Main) > 0 {
		ch.Node, before = s.Main[len(s.Main)-1].After(), s.current()
	}
	if c.Name == "CreateProject" || c.Name == "UpdateProject" {
		ch.Params = c.Given()
		ch.Resources = [2]*evidence.Resource{t.resource(ch.Params.Queue), t.resource(ch.Params.Container)}
	}
	ch.Key = c.ActKey(ch.Params, KeyContext{Before: before, Provoked: t.head.Provoked,
		Queue: t.uriClass(
			e.Act,
			"queue",
			ch.Params.Queue,
			ch.Resources[0],
		), Container: t.uriClass(e.Act, "container", ch.Params.Container, ch.Resources[1])})
	return ch
}

// uriClass is the class of a recorded URI. That a queue refuses every request is known
// by the act.
func (t *historyBuilder) uriClass(act, what, uri string, made *evidence.Resource) string {
	switch {
	case uri == "":
		return NoURI
	case strings.Contains(act, what+"="+Forbidden):
		return Forbidden
	case strings.Contains(act, what+"="+Missing):
		return Missing
	case made != nil:
		return Usable
	}
	return uri
}

// resource is the queue or the container of that URI; nil where none was made.
func (t *historyBuilder) resource(uri string) *evidence.Resource {
	for _, e := range t.resources {
		if uri != "" && e.Resource.URI == uri {
			return e.Resource
		}
	}
	return nil
}

// historyFor is the story of a project, by its id, else by its label.
func (t *historyBuilder) historyFor(id, label string) *History {
	for _, s := range t.stories {
		if id != "" && strings.EqualFold(s.ID, id) {
			return s
		}
	}
	return t.labelled(label)
}

// labelled is the last story of that label.
func (t *historyBuilder) labelled(label string) *History {
	for i := len(t.stories) - 1; i >= 0; i-- {
		if t.stories[i].Label == label {
			return t.stories[i]
		}
	}
	return nil
}

// trained is the chapter that began that iteration, else the latest.
func (s *History) trained(iteration string) *Transition {
	for _, c := range s.Main {
		if c.ID != "" && c != s.Main[0] && strings.EqualFold(c.ID, iteration) {
			return c
		}
	}
	return s.latest()
}

// effect takes in what the service did to storage.
func (t *historyBuilder) effect(e evidence.Event) {
	op := *e.Operation
	s := t.historyCausing(e)
	if s == nil {
		return
	}
	effect := Effect{Operation: op, Encoding: "text", Content: Content{SHA256: op.SHA256, Length: op.Length}}
	if m, there := t.messages[op.MessageID]; there {
		effect.Encoding, effect.BOM = m.Encoding, m.BOM
	}
	if b, there := t.blobs[op.Resource+"/"+op.Object]; there && storesFinalContent(b, op) {
		effect.Content = Content{b.SHA256, b.Length, b.Entries}
	}
	effect.named = s.names(op)
	c := s.at(e)
	c.Effects = append(c.Effects, effect)
}

// names says whether an operation speaks of the project.
func (s *History) names(op evidence.Operation) bool {
	return s.ID != "" && (strings.Contains(op.Text, s.ID) || strings.Contains(op.Object, s.ID))
}

// storesFinalContent says whether a blob's last content is what the operation stored: the body of
// the request, what was put together of other requests' bodies, or, where the
// operation was inferred and no body was seen, what has the ETag that a look showed.
func storesFinalContent(b evidence.StoredBlob, op evidence.Operation) bool {
	switch {
	case op.Inferred != "":
		return op.ETag == "" || op.ETag == b.ETag
	case op.Name != "PutBlob" && op.Name != "PutBlock":
		return true
	}
	return b.SHA256 == op.SHA256
}

// historyCausing is the story of the project that an operation is about: the one that it
// names, else the one whose queue or container it went to.
func (t *historyBuilder) historyCausing(e evidence.Event) *History {
	for _, s := range t.stories {
		if s.names(*e.Operation) {
			return s
		}
	}
	for _, r := range t.resources {
		if r.Resource.Name != e.Operation.Resource || r.Resource.Service != e.Operation.Service {
			continue
		}
		for _, s := range t.stories {
			if s.Label == r.Project && (r.Project != "attempt" || s.currentAct == r.Act) {
				return s
			}
		}
	}
	return t.labelled("")
}

// at is the chapter in which something happened: that of the act, else the latest
// that had begun.
func (s *History) at(e evidence.Event) *Transition {
	best := s.Main[0]
	for _, c := range append(append([]*Transition(nil), s.Main...), s.Exports...) {
		if c.Act == e.Act {
			return c
		}
		if !c.Call.Began.After(e.Operation.Ended) && !c.Call.Began.Before(best.Call.Began) {
			best = c
		}
	}
	return best
}

// Platform is what an export was made for.
func (c *Transition) Platform() string { return callOf(c.Call).Query.Get("platform") }

// status is what a look shows of the training or the export: the word, and whether
// that is the end of it.
func (c *Transition) status(x evidence.Exchange) (word string, known bool) {
	if c.isUnordered() {
		var list []struct{ Platform, Status string }
		if json.Unmarshal([]byte(x.Body), &list) != nil {
			return "", false
		}
		for _, one := range list {
			if one.Platform == c.Platform() {
				return one.Status, true
			}
		}
		return "", false
	}
	var one struct{ Status string }
	known = json.Unmarshal([]byte(x.Body), &one) == nil && one.Status != ""
	return one.Status, known
}
