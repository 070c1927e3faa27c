package perform

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/gateway"
	"github.com/cvconform/cvconform/internal/situation"
)

func put(queue, text string, status int) evidence.Operation {
	return evidence.Operation{Service: evidence.Queue, Name: "PutMessage", Resource: queue, Text: text, Status: status}
}

func TestAnnounces(t *testing.T) {
	task := task{project: &project{queue: "q1"}, message: "Export", subject: "i-7"}
	for name, c := range map[string]struct {
		op   evidence.Operation
		want bool
	}{
		"its message":           {put("q1", `{"type":"Export"}`, 201), true},
		"in other letters":      {put("q1", `{"TYPE":"export"}`, 201), true},
		"in base64":             {put("q1", "eyJ0eXBlIjoiRXhwb3J0In0=", 201), true},
		"of another type":       {put("q1", `{"type":"Training","Content":{"iterationId":"i-7"}}`, 201), false},
		"in another queue":      {put("q2", `{"type":"Export"}`, 201), false},
		"refused":               {put("q1", `{"type":"Export"}`, 403), false},
		"no JSON, its subject":  {put("q1", "export of i-7 is done", 201), true},
		"no JSON, no subject":   {put("q1", "export is done", 201), false},
		"a look at the message": {evidence.Operation{Name: "PeekMessages", Resource: "q1", Status: 200, Text: `{"type":"Export"}`}, false},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, task.announces(c.op)) })
	}
}

func TestStores(t *testing.T) {
	p := &performance{}
	good := evidence.Operation{Service: evidence.Blob, Name: "PutBlob", Resource: "c1", Object: "b", Status: 201}
	assert.True(t, p.stores(good, "c1"))
	assert.False(t, p.stores(good, "c2"))
	for name, spoil := range map[string]func(*evidence.Operation){
		"refused":       func(o *evidence.Operation) { o.Status = 403 },
		"only read":     func(o *evidence.Operation) { o.Name = "GetBlob" },
		"deleted":       func(o *evidence.Operation) { o.Name = "DeleteBlob" },
		"the container": func(o *evidence.Operation) { o.Object = "" },
		"a queue's":     func(o *evidence.Operation) { o.Service = evidence.Queue },
	} {
		bad := good
		spoil(&bad)
		assert.False(t, p.stores(bad, "c1"), name)
	}
}

func TestOwn(t *testing.T) {
	a, b := &project{id: "id-a"}, &project{id: "id-b"}
	alone := &performance{projects: []*project{a}}
	assert.True(t, alone.own(a, "anything"))
	twins := &performance{projects: []*project{a, b}}
	assert.True(t, twins.own(b, "id-b - i.onnx"))
	assert.False(t, twins.own(b, "id-a - i.onnx"))
}

func TestNames(t *testing.T) {
	p := &performance{World: &World{RunID: "5f3a", Provoke: map[situation.Failure]string{situation.TrainingFailure: "bad-"}}, number: 7}
	require.NoError(t, p.prepare(t.Context(), situation.Act{Twins: true}))
	require.NoError(t, p.prepare(t.Context(), situation.Act{Fails: situation.TrainingFailure}))
	assert.Equal(t, []string{"cvconform-5f3a-07a", "cvconform-5f3a-07b", "bad-cvconform-5f3a-07"},
		[]string{p.projects[0].name, p.projects[1].name, p.projects[2].name})
	assert.Equal(t, "cvconform-5f3a-07-attempt1", p.attemptName())
	assert.Equal(t, "cvconform-5f3a-07-attempt2", p.attemptName())
}

func TestJudgeEnd(t *testing.T) {
	p := &performance{World: &World{Budgets: budget.Set{budget.Training: 20 * time.Second}}}
	last := evidence.Exchange{Call: "GetIteration", Status: 200, Body: `{"status":"Training"}`}
	silent := evidence.Exchange{Call: "GetIteration", Error: "connection refused"}
	for name, c := range map[string]struct {
		fails      situation.Failure
		over, well bool
		last       evidence.Exchange
		want       outcome
	}{
		"well":                  {situation.NoFailure, true, true, last, outcome{}},
		"failed as provoked":    {situation.TrainingFailure, true, false, last, outcome{}},
		"provoked in vain":      {situation.TrainingFailure, true, true, last, outcome{unseen: "the provocation had no effect: the training succeeded all the same"}},
		"another's provocation": {situation.ExportFailure, true, true, last, outcome{}},
		"failed by itself": {situation.NoFailure, true, false, last,
			outcome{blocked: `the training failed; GetIteration answered 200: {"status":"Training"}`}},
		"not over": {situation.NoFailure, false, false, last,
			outcome{unseen: `the training was not over within 20s (budget training); GetIteration answered 200: {"status":"Training"}`}},
		"no answer": {situation.NoFailure, false, false, silent,
			outcome{unseen: "the training was not over within 20s (budget training); GetIteration got no answer (connection refused): (empty body)"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := p.judgeEnd(&project{fails: c.fails}, situation.TrainingFailure, budget.Training, c.over, c.well, c.last)
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.want == outcome{}, got.done())
		})
	}
}

func TestUpdateBodiesNameTheURIsGiven(t *testing.T) {
	p := &performance{}
	j := &project{name: "n", queueURI: "http://h/a/q", containerURI: "http://h/a/c"}
	update := func(change situation.Change, s situation.Storage) map[string]any {
		body, err := p.updateBody(t.Context(), j, situation.Act{Verb: situation.Update, Change: change, Storage: s})
		assert.NoError(t, err)
		return body
	}
	assert.Equal(t, map[string]any{"name": "n-renamed", "description": UpdatedDescription}, update(situation.Names, situation.Storage{}))
	assert.Equal(t, map[string]any{"settings": map[string]any{"notificationQueueUri": "http://h/a/q"}},
		update(situation.URIs, situation.Storage{Queue: true}))
	assert.Equal(t, map[string]any{"settings": map[string]any{"notificationQueueUri": "http://h/a/q", "exportModelContainerUri": "http://h/a/c"}},
		update(situation.URIs, situation.Storage{Queue: true, Container: true}))
}

// A write that happened before the project's id was known is found again.
func TestKnowFindsWhatStrangersWrote(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	p := &performance{timeline: evidence.NewTimeline(func() time.Time { return now }, &evidence.Redactor{}),
		resources: []evidence.Resource{{Service: evidence.Queue, Name: "mine"}}}
	assert.True(t, p.note(put("mine", "{}", 201)))
	assert.False(t, p.note(put("theirs", `{"projectId":"id-a"}`, 201)))
	assert.False(t, p.note(put("theirs", `{"projectId":"id-b"}`, 201)))
	assert.False(t, p.note(put("theirs", `{"projectId":"id-a"}`, 403)), "nothing was written")
	assert.Len(t, p.timeline.Events(), 1)
	p.know("id-a", "a")
	assert.Len(t, p.timeline.Events(), 2)
	assert.True(t, p.note(put("theirs", `{"projectId":"id-a"}`, 201)))
	quiet := &performance{timeline: p.timeline, quiet: true}
	assert.True(t, quiet.note(put("theirs", "{}", 201)), "a quiet lineage hears everything")
}

// A panic ends a lineage as an error, with what was recorded until then.
func TestPerformKeepsTheEvidenceOfAPanic(t *testing.T) {
	nowhere := &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
	front, err := gateway.Start(gateway.Options{Blob: nowhere, Queue: nowhere})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, front.Close(t.Context())) })
	var told []evidence.Event
	w := &World{Sight: front, Budgets: budget.Local(), Now: time.Now, Redact: &evidence.Redactor{},
		Journal: func(number int) func(evidence.Event) {
			assert.Equal(t, 3, number)
			return func(e evidence.Event) { told = append(told, e) }
		}}
	unknown := situation.Alone(situation.Situation{Acts: []situation.Act{{Verb: "dance"}}})
	timeline, err := w.Perform(t.Context(), unknown, 3)
	assert.ErrorContains(t, err, "performing panicked: perform: unknown act dance")
	assert.Len(t, timeline.Events(), 1)
	assert.Equal(t, timeline.Events(), told)
}
