package recording_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/steps/report"
)

const (
	service = "http://service.test"
	base    = service + "/customvision/v3.3/Training/projects"
	id      = "11111111-2222-3333-4444-555555555555"
	trained = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
	queue   = "http://storage.test/account/cvc-r-01-q1"
	pool    = "http://storage.test/account/cvc-r-01-c2"
)

// at returns a time of the timeline.
func at(seconds float64) time.Time {
	return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

// addresses returns the request lines of the calls on a project.
func addresses() map[string]string {
	create := url.Values{"name": {"cvconform-r-01"}, "notificationQueueUri": {queue}, "exportModelContainerUri": {pool}}
	return map[string]string{
		"CreateProject":   "POST " + base + "?" + create.Encode(),
		"UpdateProject":   "PATCH " + base + "/" + id,
		"GetProject":      "GET " + base + "/" + id,
		"GetProjects":     "GET " + base,
		"TrainProject":    "POST " + base + "/" + id + "/train",
		"GetIteration":    "GET " + base + "/" + id + "/iterations/" + trained,
		"ExportIteration": "POST " + base + "/" + id + "/iterations/" + trained + "/export?platform=ONNX",
		"GetExports":      "GET " + base + "/" + id + "/iterations/" + trained + "/export",
		"CreateTag":       "POST " + base + "/" + id + "/tags?name=ring",
	}
}

// exchange returns a call between two times.
func exchange(began, ended float64, call string, status int, body string) evidence.Exchange {
	method, address, _ := strings.Cut(addresses()[call], " ")
	return evidence.Exchange{
		Call:   call,
		Method: method,
		URL:    address,
		Key:    "right",
		Status: status,
		Body:   body,
		Began:  at(began),
		Ended:  at(ended),
		Header: map[string]string{"Content-Type": "application/json"},
	}
}

func exchangeEvent(x evidence.Exchange) evidence.Event {
	return evidence.Event{Kind: evidence.KindExchange, Exchange: &x, Act: actOf(x.Call)}
}

// actOf returns the key of the act with a call.
func actOf(call string) string {
	switch call {
	case "TrainProject", "GetIteration", "CreateTag":
		return "create(both) > train"
	case "ExportIteration", "GetExports":
		return "create(both) > train > export(ONNX)"
	}
	return "create(both)"
}

func operationEvent(act string, op evidence.Operation) evidence.Event {
	op.Status = 201
	return evidence.Event{Kind: evidence.KindOperation, Operation: &op, Act: act}
}

func message(act string, began, ended float64, text string) evidence.Event {
	return operationEvent(
		act,
		evidence.Operation{Service: evidence.Queue, Name: "PutMessage", Method: "POST", Resource: "cvc-r-01-q1", Text: text,
			MessageID: fmt.Sprint("m", began), Began: at(began), Ended: at(ended)},
	)
}

func blob(act, name string, began, ended float64, object string) evidence.Event {
	return operationEvent(
		act,
		evidence.Operation{Service: evidence.Blob, Name: name, Method: "PUT", Resource: "cvc-r-01-c2", Object: object,
			Began: at(began), Ended: at(ended), SHA256: "ab", Length: 5},
	)
}

func resources() []evidence.Event {
	return []evidence.Event{
		{
			Kind:     evidence.KindResource,
			Act:      "create(both)",
			Resource: &evidence.Resource{Service: evidence.Queue, Name: "cvc-r-01-q1", URI: queue},
		},
		{
			Kind:     evidence.KindResource,
			Act:      "create(both)",
			Resource: &evidence.Resource{Service: evidence.Blob, Name: "cvc-r-01-c2", URI: pool},
		},
	}
}

// tree returns the histories of one situation.
func tree(events ...evidence.Event) *recording.Histories {
	r := recording.Recording{
		Run: report.Run{
			Target: report.Target{Endpoint: service, APIVersion: "v3.3"},
			Budgets: map[string]string{
				"status-lag":      "30s",
				"notification":    "2m0s",
				"test-blob":       "1m0s",
				"connection-test": "1m0s",
				"backup":          "2m0s",
			},
		},
		Provoked:   map[string]string{"training-failure": "bad-"},
		Situations: []recording.Situation{{Key: "create(both)", Events: append(resources(), events...)}},
	}
	return r.Histories()
}

const (
	created = "create(v3.3, queue storage, container storage, in the query)"
	project = `{"id":"` + id + `","name":"cvconform-r-01"}`
	iterate = `{"id":"` + trained + `","status":"Training"}`
	done    = `{"id":"` + trained + `","status":"Completed"}`
)

func TestHistories(t *testing.T) {
	got := tree(
		exchangeEvent(exchange(0, 1, "CreateProject", 200, project)),
		exchangeEvent(exchange(1, 2, "GetProject", 200, project)),
		exchangeEvent(
			exchange(2, 3, "CreateTag", 200, `{"id":"t1"}`),
		),
		exchangeEvent(exchange(3, 4, "CreateTag", 200, `{"id":"t2"}`)),
		exchangeEvent(exchange(4, 5, "TrainProject", 200, iterate)),
		exchangeEvent(exchange(6, 7, "GetIteration", 200, done)),
		exchangeEvent(exchange(8, 9, "ExportIteration", 200, `{}`)),
		exchangeEvent(exchange(9, 10, "GetExports", 200, `[]`)),
	)
	require.Len(t, got.Projects, 1)
	assert.Equal(t, []string{created}, got.Known(""))
	assert.Equal(t, []string{"CreateTag 1", "CreateTag 2", "train"}, got.Known(created))
	assert.Equal(t, []string{"export(ONNX)"}, got.Known(created+" > train"))
	train := got.Find(created, "train", recording.Preference{})
	require.NotNil(t, train)
	assert.Equal(t, trained, train.ID)
	assert.Equal(t, "GetIteration", train.Reads[0].Call)
	assert.Equal(t, "ONNX", got.Find(created+" > train", "export(ONNX)", recording.Preference{}).Platform())
	assert.Nil(t, got.Find(created, "train(forced)", recording.Preference{}))
	assert.Equal(t, []string{"v3.3"}, got.Versions())
}

// steps returns the steps as words.
func steps(all []recording.Step) []string {
	var out []string
	for _, s := range all {
		word := string(s.Do)
		if s.Effect != nil {
			word = s.Effect.Name
		}
		if s.Budget != "" {
			word += " " + s.Budget
		}
		out = append(out, word)
	}
	return out
}

// A playback keeps the order of events, and only the pauses that exceeded a budget.
func TestPlaybacksOfTrainings(t *testing.T) {
	const act = "create(both) > train"
	training := func(events ...evidence.Event) []evidence.Event {
		return append(
			[]evidence.Event{
				exchangeEvent(exchange(0, 1, "CreateProject", 200, project)),
				exchangeEvent(exchange(10, 11, "TrainProject", 200, iterate)),
			},
			events...)
	}
	first, last, finished := exchangeEvent(
		exchange(12, 13, "GetIteration", 200, iterate),
	), exchangeEvent(
		exchange(700, 701, "GetIteration", 200, iterate),
	), exchangeEvent(
		exchange(702, 703, "GetIteration", 200, done),
	)
	fresh, later := exchangeEvent(
		exchange(12, 13, "GetIteration", 200, strings.Replace(iterate, "Training", "New", 1)),
	), exchangeEvent(
		exchange(15.5, 16, "GetIteration", 200, iterate),
	)
	for name, c := range map[string]struct {
		events        []evidence.Event
		before, after string
	}{
		"the message comes after the status": {training(first, last, finished, message(act, 704, 705, "{}")), "", "await show await PutMessage"},
		"no read between them":               {training(first, last, message(act, 701.1, 701.9, "{}"), finished), "", "await show PutMessage"},
		"the message comes first":            {training(first, message(act, 690, 691, "{}"), last, finished), "", "PutMessage await show"},
		"the status lags too long": {training(first, message(act, 600, 601, "{}"), last, finished), "",
			"PutMessage await pause status-lag await status-lag show"},
		"the status lags too long, and changes in between": {training(message(act, 11.2, 11.5, "{}"), fresh, later, last, finished), "",
			"PutMessage await show await pause status-lag await status-lag show"},
		"the status lags too long behind a message before the response": {training(message(act, 10.2, 10.4, "{}"), first, last, finished), "PutMessage",
			"await pause status-lag await status-lag show"},
		"the message comes before the response": {training(message(act, 10.2, 10.4, "{}"), first, finished), "PutMessage", "await show"},
		"the message comes too late":            {training(first, finished, message(act, 900, 901, "{}")), "", "await show await pause notification PutMessage"},
		"two messages come too late":            {training(first, finished, message(act, 900, 901, "{}"), message(act, 902, 903, "{}")), "", "await show await pause notification PutMessage PutMessage"},
		"no terminal status":                    {training(first, last), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			merged := tree(c.events...)
			playback := merged.Find(created, "train", recording.Preference{}).Playback(merged.Recording)
			assert.Equal(t, strings.Fields(c.before), strings.Fields(strings.Join(steps(playback.Before), " ")))
			assert.Equal(t, c.after, strings.Join(steps(playback.After), " "))
		})
	}
}

func TestPlaybacksOfConnectionTests(t *testing.T) {
	const act, name = "create(both)", "CustomVision-TestPermission/x"
	create := exchangeEvent(exchange(0, 10, "CreateProject", 200, project))
	for title, c := range map[string]struct {
		events        []evidence.Event
		before, after string
	}{
		"all before the response": {[]evidence.Event{create, blob(act, "PutBlob", 1, 2, name), blob(act, "DeleteBlob", 3, 4, name), message(act, 5, 6, "{}")},
			"PutBlob DeleteBlob PutMessage", ""},
		"all after it":           {[]evidence.Event{create, message(act, 11, 12, "{}"), blob(act, "PutBlob", 13, 14, name), blob(act, "DeleteBlob", 15, 16, name)}, "", "PutMessage PutBlob DeleteBlob"},
		"deleted too late":       {[]evidence.Event{create, blob(act, "PutBlob", 1, 2, name), blob(act, "DeleteBlob", 70, 71, name)}, "PutBlob", "pause test-blob DeleteBlob"},
		"deleted in a later act": {[]evidence.Event{create, blob(act, "PutBlob", 1, 2, name), blob("end", "DeleteBlob", 70, 71, name)}, "PutBlob", "pause test-blob DeleteBlob"},
		"the message too late":   {[]evidence.Event{create, message(act, 75, 76, "{}")}, "", "pause connection-test PutMessage"},
	} {
		t.Run(title, func(t *testing.T) {
			merged := tree(c.events...)
			playback := merged.Find("", created, recording.Preference{}).Playback(merged.Recording)
			assert.Equal(t, c.before, strings.Join(steps(playback.Before), " "))
			assert.Equal(t, c.after, strings.Join(steps(playback.After), " "))
		})
	}
}

// An inferred operation has an interval. It is before or after an event only if its interval is.
func TestInferredOperations(t *testing.T) {
	const act = "create(both) > train > export(ONNX)"
	for name, c := range map[string]struct {
		etag string // of the poll
		want recording.Content
	}{
		"the last content":   {"0x1", recording.Content{SHA256: "cd", Length: 9}},
		"no ETag":            {"", recording.Content{SHA256: "cd", Length: 9}},
		"an earlier content": {"0x0", recording.Content{Length: 5}},
	} {
		t.Run(name, func(t *testing.T) {
			listed := blob(act, "PutBlob", 12, 40, "model.ONNX")
			listed.Operation.Inferred, listed.Operation.ETag = evidence.FromListing, c.etag
			listed.Operation.SHA256, listed.Operation.Length = "", 5
			merged := tree(
				exchangeEvent(exchange(0, 1, "CreateProject", 200, project)),
				exchangeEvent(exchange(2, 3, "TrainProject", 200, iterate)),
				exchangeEvent(exchange(4, 5, "GetIteration", 200, done)),
				exchangeEvent(
					exchange(10, 11, "ExportIteration", 200, `{}`),
				),
				exchangeEvent(exchange(12, 13, "GetExports", 200, `[{"platform":"ONNX","status":"Exporting"}]`)),
				exchangeEvent(exchange(30, 31, "GetExports", 200, `[{"platform":"ONNX","status":"Done"}]`)),
				listed,
				evidence.Event{
					Kind: evidence.KindBlob,
					Act:  "end",
					Blob: &evidence.StoredBlob{Container: "cvc-r-01-c2", Name: "model.ONNX", Length: 9, SHA256: "cd", ETag: "0x1"},
				},
			)
			playback := merged.Find(created+" > train", "export(ONNX)", recording.Preference{}).Playback(merged.Recording)
			assert.Equal(t, "PutBlob await show", strings.Join(steps(playback.After), " "))
			assert.Equal(t, c.want, playback.After[0].Effect.Content)
		})
	}
}

// An operation that two situations observed belongs to the project whose id it has.
func TestDuplicateEffects(t *testing.T) {
	create := exchangeEvent(exchange(0, 1, "CreateProject", 200, project))
	theirs := message("create(both)", 0.2, 0.3, `{"projectId":"`+id+`"}`)
	foreign := evidence.Exchange{
		Call:   "CreateProject",
		Method: "POST",
		URL:    base + "?name=cvconform-r-02",
		Key:    "right",
		Status: 200,
		Body:   `{"id":"other"}`,
		Began:  at(0),
		Ended:  at(1),
	}
	r := recording.Recording{Situations: []recording.Situation{
		{Key: "other", Events: append(resources(), exchangeEvent(foreign), theirs)},
		{Key: "create(both)", Events: append(resources(), create, theirs)},
	}}
	merged := r.Histories()
	assert.Empty(t, merged.Projects[0].Main[0].Effects)
	assert.Len(t, merged.Projects[1].Main[0].Effects, 1)
}

func TestNameSuffix(t *testing.T) {
	for name, want := range map[string]string{
		"cvconform-1a2b3c4d-07":                               "-07",
		"fail-training-cvconform-20260301t093000-1a2b3c4d-12": "-12",
		"cvconform-1a2b3c4d-07a":                              "-07a",
		"cvconform-1a2b3c4d-107-attempt12":                    "-107-attempt12",
		"cvconform-1a2b3c4d-07-renamed":                       "-07",
		"another project":                                     "",
	} {
		assert.Equal(t, want, recording.NameSuffix(name), name)
	}
}

func TestFindPrefersTheSameProject(t *testing.T) {
	one := func(key, name, label string) recording.Situation {
		x := exchange(0, 1, "CreateProject", 200, `{"id":"`+name+`"}`)
		x.URL = base + "?name=" + name
		return recording.Situation{
			Key:    key,
			Events: []evidence.Event{{Kind: evidence.KindExchange, Exchange: &x, Act: key, Project: label}},
		}
	}
	r := recording.Recording{
		Situations: []recording.Situation{
			one("first", "cvconform-r-01", ""),
			one("second", "cvconform-r-02", ""),
			one("twin", "cvconform-r-03a", "a"),
		},
	}
	merged := r.Histories()
	const key = "create(v3.3, queue none, container none)"
	found := func(same *recording.History, rest string) string {
		return merged.Find("", key, recording.Preference{Project: same, Suffix: rest}).History.SituationKey
	}
	assert.Equal(t, "first", found(nil, ""))
	assert.Equal(t, "second", found(nil, "-02"))
	assert.Equal(t, "twin", found(nil, "-77a"))
	assert.Equal(t, "first", found(merged.Projects[0], "-02"))
}
