package check_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/steps/report"
)

// What a listing infers, to intervals of seconds. Budgets are 10 s, the absence
// window is 2 s.

const (
	projectID   = "11111111-2222-3333-4444-555555555555"
	iterationID = "66666666-2222-3333-4444-555555555555"
	backupName  = projectID + " - " + iterationID + ".CoreML"
	testBlob    = "CustomVision-TestPermission/x"
)

// at is an instant of the second since the situation began.
func at(seconds float64) time.Time {
	return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

// A timelineBuilder is what happens to one project, as a listing sees it.
type timelineBuilder struct {
	situation  situation.Situation
	events     []evidence.Event
	sight      report.Visibility
	containers bool
	over       bool // the open act has ended
}

// newTimeline begins with a create, which is called at 1 and answered at 2.
func newTimeline(kept bool) *timelineBuilder {
	s := &timelineBuilder{sight: report.Visibility{Observer: report.Poller, DeletedBlobs: kept}, containers: true}
	s.act(situation.Act{Verb: situation.Create, Storage: situation.Integrations{Queue: true, Container: true}})
	s.resource(evidence.Queue, "q")
	s.resource(evidence.Blob, "c")
	s.call("CreateProject", 1, 2, `{"id":"`+projectID+`","name":"p","settings":{}}`)
	s.events[len(s.events)-1].Exchange.RequestBody = `{"notificationQueueUri":"http://s/q","exportModelContainerUri":"http://s/c"}`
	return s
}

func (s *timelineBuilder) act(a situation.Act) *timelineBuilder {
	s.situation, s.over = s.situation.With(a), false
	return s
}

// add records an event in the open act, or after all acts.
func (s *timelineBuilder) add(e evidence.Event) *timelineBuilder {
	nodes := s.situation.Nodes()
	if e.Act == "" && s.over {
		e.Act = situation.End
	} else if e.Act == "" {
		e.Act = nodes[len(nodes)-1]
	}
	e.Seq = len(s.events) + 1
	s.events = append(s.events, e)
	return s
}

func (s *timelineBuilder) resource(service evidence.Service, name string) *timelineBuilder {
	return s.add(
		evidence.Event{
			Kind:     evidence.KindResource,
			Resource: &evidence.Resource{Service: service, Name: name, URI: "http://s/" + name},
		},
	)
}

func (s *timelineBuilder) call(name string, began, ended float64, body string) *timelineBuilder {
	return s.add(
		evidence.Event{Kind: evidence.KindExchange, Exchange: &evidence.Exchange{Call: name, Status: 200, Body: body,
			URL: "http://service/projects?name=p&platform=CoreML", Header: map[string]string{"Content-Type": "application/json"}, Began: at(began), Ended: at(ended)}},
	)
}

// op records an inferred operation that was between two instants.
func (s *timelineBuilder) op(began, ended float64, op evidence.Operation) *timelineBuilder {
	op.Inferred, op.Status, op.Began, op.Ended = evidence.FromListing, 201, at(began), at(ended)
	return s.add(evidence.Event{Kind: evidence.KindOperation, Operation: &op})
}

func (s *timelineBuilder) sent(queue, id string, began, ended float64) *timelineBuilder {
	return s.op(
		began,
		ended,
		evidence.Operation{Service: evidence.Queue, Name: "PutMessage", Resource: queue, MessageID: id},
	)
}

func (s *timelineBuilder) put(container, name, etag string, length int64, began, ended float64) *timelineBuilder {
	return s.op(
		began,
		ended,
		evidence.Operation{
			Service:  evidence.Blob,
			Name:     "PutBlob",
			Resource: container,
			Object:   name,
			ETag:     etag,
			Length:   length,
		},
	)
}

func (s *timelineBuilder) gone(name string, began, ended float64) *timelineBuilder {
	return s.op(began, ended, evidence.Operation{Service: evidence.Blob, Name: "DeleteBlob", Resource: "c", Object: name})
}

// done ends the open act.
func (s *timelineBuilder) done() *timelineBuilder {
	if !s.over {
		s.add(ended(evidence.ActBoundary{}))
	}
	s.over = true
	return s
}

// found records what is there at the end.
func (s *timelineBuilder) found(queue, id, text string) *timelineBuilder {
	return s.add(
		evidence.Event{
			Act:     situation.End,
			Kind:    evidence.KindMessage,
			Message: &evidence.Message{Queue: queue, ID: id, Text: text},
		},
	)
}

func (s *timelineBuilder) left(name, etag string, length int64) *timelineBuilder {
	return s.add(
		evidence.Event{
			Act:  situation.End,
			Kind: evidence.KindBlob,
			Blob: &evidence.StoredBlob{Container: "c", Name: name, ETag: etag, Length: length, SHA256: "x"},
		},
	)
}

// trained adds a training, called at 11 and answered at 12, over at 21.
func (s *timelineBuilder) trained() *timelineBuilder {
	s.done().act(situation.Act{Verb: situation.Train})
	return s.call("TrainProject", 11, 12, `{"id":"`+iterationID+`","status":"Training"}`).
		call("GetIteration", 15, 16, `{"id":"`+iterationID+`","status":"Training"}`).
		call("GetIteration", 20, 21, `{"id":"`+iterationID+`","status":"Completed"}`)
}

// exported adds an export, called at 31 and answered at 32, over at 41.
func (s *timelineBuilder) exported() *timelineBuilder {
	s.trained().done().act(situation.Act{Verb: situation.Export, Platform: "CoreML"})
	return s.call("ExportIteration", 31, 32, `{"platform":"CoreML","status":"Exporting"}`).
		call("GetExports", 40, 41, `[{"platform":"CoreML","status":"Done"}]`)
}

// judge is what a check makes of the story: "" where it passes, else the kind of
// the problem and its summary.
func (s *timelineBuilder) judge(t *testing.T, k check.Check) string {
	t.Helper()
	budgets := budget.Set{}
	for _, name := range budget.Names() {
		budgets[name] = 10 * time.Second
	}
	budgets[budget.Absence] = 2 * time.Second
	p := check.Judge(
		&check.Case{Situation: s.situation, Events: s.events, Started: at(0), Budgets: budgets, Visibility: s.sight, HasContainers: s.containers,
			Readings: map[string]string{"test-folder": "any-case", "guid-case": "any", "blob-name": "spaced"}},
		k,
	)
	if p == nil {
		return ""
	}
	return fmt.Sprintf("%s: %s", p.Kind, p.Summary)
}

// A verdict is what a check makes of a story; "" means that it passes.
type verdict struct {
	check check.Check
	story *timelineBuilder
	want  string
}

func assertVerdict(t *testing.T, cases map[string]verdict) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := c.story.done().judge(t, c.check)
			if c.want == "" {
				assert.Empty(t, got)
				return
			}
			assert.Contains(t, got, c.want)
		})
	}
}

const trainingText = `{"type":"Training","Content":{"projectId":"` + projectID + `","iterationId":"` + iterationID + `"}}`

func TestListedMessagesThatMayBeEarly(t *testing.T) {
	early, lag := check.NotBeforeResponse(check.Training), check.FinishedWhenStored(check.Training)
	message := func(began, ended float64) *timelineBuilder {
		return newTimeline(true).trained().sent("q", "m", began, ended).found("q", "m", trainingText)
	}
	slow := func(began, ended float64) *timelineBuilder {
		s := newTimeline(true).trained()
		s.events[len(s.events)-1].Exchange.Began, s.events[len(s.events)-1].Exchange.Ended = at(40), at(41)
		s.events[len(s.events)-2].Exchange.Began = at(30)
		return s.sent("q", "m", began, ended).found("q", "m", trainingText)
	}
	assertVerdict(t, map[string]verdict{
		"seen long before the answer": {early, message(1, 1.5), "failed: it was stored 10.5s before the answer"},
		"seen just before the answer": {
			early,
			message(11, 11.5),
			"inconclusive: nobody could see which came first: the answer may have been on its way",
		},
		"not there after the answer": {early, message(12.5, 13), ""},
		"no look between":            {early, message(11.5, 12.5), "inconclusive: nobody could see which came first"},
		"never seen": {
			early,
			newTimeline(true).trained().found("q", "m", trainingText),
			"inconclusive: ",
		},
		"over in time":                     {lag, message(13, 14), ""},
		"a look too late for the latest":   {lag, slow(13, 14), "failed: GetIteration did not show it 16s after the message"},
		"a look too late for the earliest": {lag, slow(13, 21), "inconclusive: nobody could see when the message was stored"},
		"no look too late":                 {lag, slow(21, 22), ""},
	})
}

func TestListedConnectionTestInTime(t *testing.T) {
	k := check.ConnectionTestInTime()
	message := func(began, ended float64) *timelineBuilder {
		return newTimeline(true).sent("q", "m", began, ended).found("q", "m", `{"type":"ConnectionTest"}`)
	}
	assertVerdict(t, map[string]verdict{
		"in time": {k, message(1, 12), ""},
		"late":    {k, message(12.5, 13), "failed: it did not come in time"},
		"perhaps": {k, message(11, 13), "inconclusive: nobody could see whether it came in time"},
		"never seen": {
			k,
			newTimeline(true).found("q", "m", `{"type":"ConnectionTest"}`),
			"inconclusive: nobody could see whether it came in time",
		},
		"never":          {k, newTimeline(true), "failed: it did not come in time"},
		"another is not": {k, message(12.5, 13).sent("q", "n", 1, 2).found("q", "n", `{"type":"ConnectionTest"}`), ""},
	})
}

func TestListedTestBlobs(t *testing.T) {
	appeared, gone, behind := check.TestBlobAppeared(), check.TestBlobGone(), check.NothingLeftBehind()
	blob := func(began, ended float64) *timelineBuilder {
		return newTimeline(false).put("c", testBlob, "1", 1, began, ended)
	}
	const switchOn = "az storage account blob-service-properties update --account-name NAME --resource-group GROUP " +
		"--enable-delete-retention true --delete-retention-days 1"
	versions := newTimeline(false)
	versions.sight.Versions = true
	assertVerdict(t, map[string]verdict{
		"seen":                       {appeared, blob(1, 2), ""},
		"unseen, deleted blobs kept": {appeared, newTimeline(true), "failed: no blob was stored"},
		"unseen, versions kept":      {appeared, versions, "failed: no blob was stored"},
		"unseen, nothing kept":       {appeared, newTimeline(false), "inconclusive: nobody could see it: "},
		"what to do":                 {appeared, newTimeline(false), switchOn},
		"elsewhere, deleted blobs kept": {
			appeared,
			newTimeline(true).put("c", "x", "1", 1, 1, 2),
			"failed: stored instead: x",
		},
		"elsewhere, nothing kept": {appeared, newTimeline(false).put("c", "x", "1", 1, 1, 2), "inconclusive: "},
		"seen later": {
			appeared,
			newTimeline(true).done().put("c", testBlob, "1", 1, 1, 30),
			"inconclusive: blob " + testBlob + " was seen only later",
		},
		"gone in time": {gone, blob(1, 2).gone(testBlob, 3, 10), ""},
		"gone late":    {gone, blob(1, 2).gone(testBlob, 15, 16), "failed: it did not come in time"},
		"gone late, unless the list was old": {
			gone,
			blob(1, 2).gone(testBlob, 13, 16),
			"inconclusive: nobody could see whether it went in time",
		},
		"gone between looks far apart": {
			gone,
			blob(1, 2).gone(testBlob, 3, 30),
			"inconclusive: nobody could see whether it went in time",
		},
		"never seen to go": {gone, blob(1, 2), "inconclusive: nobody saw when the test blob went"},
		"there at the end": {
			gone,
			blob(1, 2).left(testBlob, "1", 1),
			"failed: test blob " + testBlob + " is still there at the end",
		},
		"nothing behind": {behind, blob(1, 2).gone(testBlob, 3, 4), ""},
		"a marker behind": {
			behind,
			blob(1, 2).gone(testBlob, 3, 4).put("c", "x", "2", 1, 1, 2).left("x", "2", 1),
			"failed: blob x stays",
		},
		"a marker behind, test blob unseen": {
			behind,
			newTimeline(false).put("c", "x", "2", 1, 1, 2).left("x", "2", 1),
			"failed: blob x stays",
		},
		"nothing behind, test blob unseen": {behind, newTimeline(false), "inconclusive: nobody could see it"},
		"a marker seen later": {
			behind,
			blob(1, 2).gone(testBlob, 3, 4).done().put("c", "x", "2", 1, 4, 30),
			"inconclusive: blob x was seen later",
		},
		"a backup later": {
			behind,
			blob(1, 2).gone(testBlob, 3, 4).done().put("c", backupName, "2", 1, 4, 30),
			"",
		},
	})
}

func TestListedSilence(t *testing.T) {
	k := check.NothingWritten()
	silent := func(kept bool) *timelineBuilder {
		s := newTimeline(kept)
		s.situation = situation.Situation{}.With(situation.Act{Verb: situation.Create})
		for i := range s.events {
			s.events[i].Act = s.situation.Key()
		}
		s.events = s.events[2:] // no queue and no container of its own
		return s
	}
	none := silent(false)
	none.containers = false
	assertVerdict(t, map[string]verdict{
		"deleted blobs kept":    {k, silent(true), ""},
		"nothing kept":          {k, silent(false), "inconclusive: nobody could see it: "},
		"no containers":         {k, none, ""},
		"a message":             {k, silent(true).sent("q9", "m", 1, 2), "failed: 1 writes"},
		"a message from before": {k, silent(true).sent("q9", "m", -2, -1), ""},
		"a message perhaps from before": {
			k,
			silent(true).sent("q9", "m", -1, 1),
			"inconclusive: nobody could see whether this was written before",
		},
		"a blob": {k, silent(true).put("c9", "x", "1", 1, 3, 4), "failed: 1 writes"},
		"a blob that an old list may have left": {
			k,
			silent(true).put("c9", "x", "1", 1, 1, 4),
			"inconclusive: nobody could see whether this was written before",
		},
		"a backup of its own": {k, silent(true).put("c9", backupName, "1", 1, -5, 4), "failed: 1 writes"},
		"a backup of another": {k, silent(true).put("c9", "2"+backupName[1:], "1", 1, 3, 4), ""},
		"a message that nobody saw come": {
			k,
			silent(true).found("q9", "m", "{}"),
			"inconclusive: nobody saw when a message was stored",
		},
	})
}

func TestListedSilenceOfAnAttempt(t *testing.T) {
	k := check.NothingWritten()
	after := func(wait float64) *timelineBuilder {
		s := newTimeline(true)
		if wait > 0 {
			s.add(
				evidence.Event{
					At:   at(wait).Sub(at(0)),
					Kind: evidence.KindWait,
					Wait: &evidence.Wait{Budget: budget.Absence, Satisfied: true},
				},
			)
		}
		s.done().act(situation.Act{Verb: situation.Attempt, Key: "wrong"})
		return s.resource(evidence.Queue, "q2").resource(evidence.Blob, "c2").call("CreateProject", 11, 12, "{}")
	}
	attempt := func() *timelineBuilder { return after(0) }
	assertVerdict(t, map[string]verdict{
		"silent":                      {k, attempt(), ""},
		"into its own container":      {k, attempt().put("c2", "x", "1", 1, 10, 13), "failed: 1 writes"},
		"into its own queue":          {k, attempt().sent("q2", "m", 10, 13), "failed: 1 writes"},
		"into the other queue":        {k, attempt().sent("q", "m", 10, 13), "failed: 1 writes"},
		"perhaps of the other's":      {k, attempt().put("c", "x", "1", 1, 3, 13), "inconclusive: "},
		"into the other container":    {k, attempt().put("c", "x", "1", 1, 10, 13), "failed: 1 writes"},
		"perhaps before, by the look": {k, attempt().sent("q", "m", 1, 13), "inconclusive: "},
		"perhaps while was waited":    {k, after(8).sent("q", "m", 7, 13), "inconclusive: "},
		"not while was waited":        {k, after(8).sent("q", "m", 9, 13), "failed: 1 writes"},
	})
}

func TestListedSilenceAfterAMove(t *testing.T) {
	queue, container := check.OldQueueUnused(), check.OldContainerUnused()
	moved := func(kept bool) *timelineBuilder {
		s := newTimeline(
			kept,
		).done().
			act(situation.Act{Verb: situation.Update, Change: situation.MoveStorage, Storage: situation.Integrations{Queue: true, Container: true}})
		s.resource(evidence.Queue, "q2").resource(evidence.Blob, "c2").call("UpdateProject", 11, 12, "{}")
		s.events[len(s.events)-1].Exchange.RequestBody = `{"settings":{"notificationQueueUri":"http://s/q2","exportModelContainerUri":"http://s/c2"}}`
		return s
	}
	assertVerdict(t, map[string]verdict{
		"queue silent":   {queue, moved(false), ""},
		"message before": {queue, moved(false).sent("q", "m", 2, 3), ""},
		"message after": {
			queue,
			moved(false).sent("q", "m", 12.5, 13),
			"failed: PutMessage to queue q",
		},
		"message perhaps after": {queue, moved(false).sent("q", "m", 11, 13), "inconclusive: "},
		"message that nobody saw come": {
			queue,
			moved(false).found("q", "m", "{}"),
			"inconclusive: nobody saw when a message was stored",
		},
		"container silent":               {container, moved(true), ""},
		"container silent, nothing kept": {container, moved(false), "inconclusive: nobody could see it: "},
		"blob after": {
			container,
			moved(true).put("c", "x", "1", 1, 15, 16),
			"failed: PutBlob to blob c/x",
		},
		"blob after, unless the list was old": {container, moved(true).put("c", "x", "1", 1, 13, 16), "inconclusive: "},
		"blob before":                         {container, moved(true).put("c", "x", "1", 1, 1, 2), ""},
		"blob after, nothing kept": {
			container,
			moved(false).put("c", "x", "1", 1, 15, 16),
			"failed: PutBlob to blob c/x",
		},
	})
}

func TestListedBackups(t *testing.T) {
	complete, before := check.CompleteWhenFirstSeen(), check.BackupBeforeMessage()
	versioned := func() *timelineBuilder {
		s := newTimeline(true)
		s.sight.OverwrittenBlobs = true
		return s.exported()
	}
	const text = `{"type":"Export","Content":{"projectId":"` + projectID + `","iterationId":"` + iterationID + `"}}`
	told := func(began, ended, blobBegan, blobEnded float64) *timelineBuilder {
		return versioned().put("c", backupName, "2", 9, blobBegan, blobEnded).
			sent("q", "m", began, ended).
			found("q", "m", text).
			left(backupName, "2", 9)
	}
	assertVerdict(t, map[string]verdict{
		"once": {complete, versioned().put("c", backupName, "2", 9, 33, 34).left(backupName, "2", 9), ""},
		"once, as far as was seen": {
			complete,
			newTimeline(true).exported().put("c", backupName, "2", 9, 33, 34).left(backupName, "2", 9),
			"inconclusive: nobody could see whether it was written more than once",
		},
		"how to see": {
			complete,
			newTimeline(true).exported().put("c", backupName, "2", 9, 33, 34).left(backupName, "2", 9),
			"--enable-versioning true",
		},
		"twice": {
			complete,
			versioned().put("c", backupName, "1", 0, 33, 34).put("c", backupName, "2", 9, 34, 35).left(backupName, "2", 9),
			"failed: it was seen with 0 bytes, and has 9 at the end",
		},
		"twice, as long": {
			complete,
			versioned().put("c", backupName, "1", 9, 33, 34).put("c", backupName, "2", 9, 34, 35).left(backupName, "2", 9),
			"inconclusive: it was written more than once",
		},
		"after the last look": {
			complete,
			versioned().put("c", backupName, "1", 3, 33, 34).left(backupName, "2", 9),
			"failed: it was seen with 3 bytes",
		},
		"never seen": {
			complete,
			versioned().left(backupName, "2", 9),
			"inconclusive: nobody saw how the backup was stored: no look showed it",
		},
		"before the message":     {before, told(36, 37, 33, 34), ""},
		"at once":                {before, told(33, 36, 33, 34), "inconclusive: nobody could see which was stored first"},
		"long after the message": {before, told(33, 34, 38, 39), "failed: the message was stored first"},
		"after, or an old list":  {before, told(33, 34, 35, 39), "inconclusive: nobody could see which was stored first"},
		"last content never seen": {
			before,
			versioned().put("c", backupName, "1", 9, 33, 34).
				sent("q", "m", 36, 37).
				found("q", "m", text).
				left(backupName, "2", 9),
			"inconclusive: nobody saw when the backup got its last content",
		},
	})
}
