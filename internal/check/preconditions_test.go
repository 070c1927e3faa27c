package check_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

const project = `{"id":"11111111-2222-3333-4444-555555555555","name":"p","settings":{}}`

// created returns the case of one create, with events of its act and of the end.
func created(events ...evidence.Event) *check.Case {
	s := situation.Situation{}.With(situation.Act{Verb: situation.Create})
	for i := range events {
		events[i].Seq = i + 1
		if events[i].Act == "" {
			events[i].Act = s.Key()
		}
	}
	return &check.Case{Situation: s, Events: events}
}

func ended(m evidence.ActBoundary) evidence.Event {
	m.Phase = "ended"
	return evidence.Event{Kind: evidence.KindAct, ActBoundary: &m}
}

func respond(call string, status int, body string) evidence.Event {
	return evidence.Event{Kind: evidence.KindExchange, Exchange: &evidence.Exchange{Call: call, Status: status, Body: body,
		URL: "http://service/projects?name=p"}}
}

// all returns every check, with one value of its parameters.
func all() []check.Check {
	return []check.Check{
		check.ResponseIsProject(),
		check.ResponseShowsURIs(),
		check.CompleteProjectDocument(),
		check.GetProjectShowsURIs(),
		check.ListShowsURIs(),
		check.UpdateChanged(),
		check.UpdateKept(),
		check.NewQueueUsed(),
		check.OldQueueUnused(),
		check.OldContainerUnused(),
		check.Unauthorized(),
		check.ResponseIsOK(),
		check.Refused(),
		check.NotCreated(),
		check.NothingWritten(),
		check.NothingInContainers(),
		check.HasMessage(check.Export),
		check.MatchesSchema(check.Training),
		check.ConnectionTestNamesProject(),
		check.OneConnectionTest(),
		check.TestBlobAppeared(),
		check.TestBlobGone(),
		check.NothingLeftBehind(),
		check.HasIDs(check.Training),
		check.HasStatus(check.Training, "x"),
		check.NotBeforeResponse(check.Training),
		check.FinishedWhenStored(check.Training),
		check.OneMessageEach(check.Training),
		check.IterationCompleted(),
		check.HasBackup(),
		check.BackupIsCopy(),
		check.BackupIsExact(),
		check.CompleteWhenFirstSeen(),
		check.BackupBeforeMessage(),
		check.BackupAtModelURI(),
		check.ModelDownloads(),
		check.ModelURIIsBackup(),
		check.ModelURIIsSAS(),
		check.AllJSON(),
		check.SameEncoding(),
		check.NoByteOrderMark(),
		check.NoSecret(),
		check.OwnMessagesOnly(),
	}
}

func TestNoCheckPassesWithoutEvidence(t *testing.T) {
	names := map[string]bool{}
	for _, k := range all() {
		assert.False(t, names[k.Name], "two checks have the name %s", k.Name)
		names[k.Name] = true
		p := check.Judge(created(), k)
		isAbsence := k.Name == "nothing-written" || k.Name == "nothing-in-containers"
		if isAbsence || assert.NotNil(t, p, k.Name) && k.JudgesResponse {
			continue
		}
		assert.Equal(t, check.Broken, p.Kind, "%s: %s", k.Name, p.Summary)
		assert.Contains(t, p.Error(), "was never performed", k.Name)
	}
}

func TestNoCheckPassesOnAnActThatIsBlockedOrInconclusive(t *testing.T) {
	for _, k := range all() {
		blocked := check.Judge(created(ended(evidence.ActBoundary{Blocked: "no"})), k)
		unfinished := check.Judge(created(ended(evidence.ActBoundary{Inconclusive: "not over"})), k)
		if k.Name == "nothing-written" || k.Name == "nothing-in-containers" {
			continue
		}
		require.NotNil(t, blocked, k.Name)
		require.NotNil(t, unfinished, k.Name)
		assert.Equal(t, check.Blocked, blocked.Kind, k.Name)
		assert.Equal(t, check.Inconclusive, unfinished.Kind, k.Name)
	}
}

func TestTestBlobThatIsStoredAgain(t *testing.T) {
	const name = "CustomVision-TestPermission/x"
	create := respond("CreateProject", 200, project)
	create.Exchange.RequestBody = `{"exportModelContainerUri":"http://gateway/a/c"}`
	c := created(
		evidence.Event{
			Kind:     evidence.KindResource,
			Resource: &evidence.Resource{Service: evidence.Blob, Name: "c", URI: "http://gateway/a/c"},
		},
		evidence.Event{
			Kind:      evidence.KindOperation,
			Operation: &evidence.Operation{Service: evidence.Blob, Name: "PutBlob", Resource: "c", Object: name, Status: 201},
		},
		create,
		evidence.Event{
			Kind: evidence.KindWait,
			Wait: &evidence.Wait{Budget: "test-blob", For: "the test blob to go", Satisfied: true},
		},
		ended(evidence.ActBoundary{}),
		evidence.Event{Kind: evidence.KindBlob, Act: situation.End, Blob: &evidence.StoredBlob{Container: "c", Name: name}},
	)
	c.Readings = map[string]string{"test-folder": "any-case"}
	p := check.Judge(c, check.TestBlobGone())
	require.NotNil(t, p)
	assert.Equal(t, check.Failed, p.Kind)
	assert.Equal(t, "test blob "+name+" is still there at the end", p.Got)
	assert.NotEmpty(t, p.Events)
}
